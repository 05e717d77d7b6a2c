import type { DdiRequest } from './exchange.ts';

/** Numbered headers that are looked through at most. */
const MAX_NUMBERED_HEADERS = 32;

/** Where named proxies say who a device is that they have authenticated, as with mutual TLS. */
export type ProxyHeaders = {
  /** Whether the address of a connection is a named proxy's. */
  readonly isNamed: (address: string | undefined) => boolean;
  /** Lower case; `%d` in that of the authority stands for a number. */
  readonly device: string;
  readonly authority: string;
};

/** A device's name, and the issuers in whose name a proxy vouches for it, in lower case. */
export type Vouched = { readonly device: string; readonly authorities: readonly string[] };

/** What a named proxy says of who asks; null where it says nothing, or somebody else does. */
export function vouchedDevice(request: DdiRequest, headers: ProxyHeaders): Vouched | null {
  const device = request.headers[headers.device];
  if (typeof device !== 'string' || !headers.isNamed(request.raw.socket.remoteAddress)) return null;
  return { device, authorities: authoritiesIn(request, headers.authority) };
}

/** Authorities of a list: hawkBit parts them by `,` or `;` and compares them without case. */
export function authoritiesOf(text: string): readonly string[] {
  return text
    .split(/[;,]/)
    .map((one) => one.trim().toLowerCase())
    .filter((one) => one !== '');
}

/** One header with a list, else numbered ones from 0 on: the first may be missing, the next that is ends them. */
function authoritiesIn({ headers }: DdiRequest, name: string): readonly string[] {
  const plain = headers[name];
  if (typeof plain === 'string') return authoritiesOf(plain);
  const found: string[] = [];
  for (let number = 0; number < MAX_NUMBERED_HEADERS; number += 1) {
    const numbered = name.includes('%d') ? name.replace('%d', String(number)) : `${name}-${number}`;
    const value = headers[numbered];
    if (typeof value === 'string') found.push(...authoritiesOf(value));
    else if (number > 0) break;
  }
  return found;
}
