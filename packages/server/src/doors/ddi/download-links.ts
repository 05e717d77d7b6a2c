import { timingSafeEqual } from 'node:crypto';
import { artifactLinks, type DdiLinks } from '@updraft/protocols';
import type { AskingDevice } from './authenticate.ts';
import type { DdiDoor } from './door.ts';

/** How links to files are signed, so that who has one needs no token: for a cache that stands before the server. */
export type DownloadSigning = {
  /** What the links begin with, where that is not this server. */
  readonly origin: string | null;
  /** A link holds at least so long, and less than twice as long. */
  readonly seconds: number;
  /** The same for the same text, and no help to who guesses at it. */
  readonly signatureOf: (text: string) => string;
};

/** A file of a module of a tenant, by its name in an address. */
export type SignedFile = { readonly tenant: number; readonly component: number; readonly filename: string };

/** Signed links name no device: all devices ask for the same addresses, which a cache holds once. */
const ANY_DEVICE = '-';

/** The links of a device's files: behind its token, or signed where that is configured. */
export function downloadLinks(
  door: DdiDoor,
  { tenant, device, address }: AskingDevice,
): (component: number, filename: string) => DdiLinks {
  const { signing } = door;
  if (signing === null) return (component, filename) => artifactLinks(address, component, filename);
  const until = endOfLink(device.readAt, signing.seconds);
  const shared = { ...address, origin: signing.origin ?? address.origin, controller: ANY_DEVICE };
  return (component, filename) => {
    const links = artifactLinks(shared, component, filename);
    const signed = (isSum: boolean) => {
      const file = { tenant: tenant.id, component, filename: isSum ? `${filename}.MD5SUM` : filename };
      return `?until=${until}&signature=${signing.signatureOf(signedText(file, until))}`;
    };
    return Object.fromEntries(
      Object.entries(links).map(([rel, { href }]) => [rel, { href: href + signed(rel.startsWith('md5sum')) }]),
    );
  };
}

/** When links that are made `now` are made anew, epoch ms; null: never. */
export function linksHoldUntil({ signing }: Pick<DdiDoor, 'signing'>, now: number): number | null {
  return signing === null ? null : (Math.floor(now / 1000 / signing.seconds) + 1) * signing.seconds * 1000;
}

/** In seconds since 1970: the same for all links that are made in one span, so that answers and caches stay as they are. */
function endOfLink(now: number, seconds: number): number {
  return (Math.floor(now / 1000 / seconds) + 2) * seconds;
}

/** Whether a link's query was signed here for this file, and holds `now` (epoch ms). */
export function isSignedFor(
  { signing }: Pick<DdiDoor, 'signing'>,
  file: SignedFile,
  { query, now }: { readonly query: DownloadQuery; readonly now: number },
): boolean {
  if (signing === null || query.signature === undefined || !/^\d{1,12}$/.test(query.until ?? '')) return false;
  const until = Number(query.until);
  const expected = Buffer.from(signing.signatureOf(signedText(file, until)));
  const given = Buffer.from(query.signature);
  const isRight = given.length === expected.length && timingSafeEqual(given, expected);
  return isRight && now < until * 1000;
}

export type DownloadQuery = { readonly until?: string; readonly signature?: string };

/** No filename holds a line end, so that two files never share a text. */
function signedText({ tenant, component, filename }: SignedFile, until: number): string {
  return `download link\n${tenant}\n${component}\n${until}\n${filename}`;
}
