import { isIP } from 'node:net';
import path from 'node:path';
import { z } from 'zod';

export type ListenAddress = { readonly host: string; readonly port: number };

/** `HOST:PORT`, IPv6 in brackets. */
export const ListenAddressText = z.string().transform((text, context): ListenAddress => {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535 || (match[1] !== undefined && isIP(match[1]) !== 6)) return refuse(context);
  return { host: match[1] ?? match[2] ?? '', port };
});

/** An origin: a path would promise links that the doors do not serve. */
export const PublicUrlText = z.string().transform((text, context) => {
  const url = URL.parse(text);
  const isOrigin =
    url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search + url.hash === '';
  if (!isOrigin || url.username !== '' || url.password !== '') return refuse(context);
  return url.origin;
});

export const PathText = z
  .string()
  .min(1)
  .transform((text) => path.resolve(text));

const MIN_LINK_SECONDS = 60;
const MAX_LINK_SECONDS = 604_800;

export const LinkSecondsText = z
  .string()
  .regex(/^\d{1,6}$/)
  .transform(Number)
  .refine((seconds) => seconds >= MIN_LINK_SECONDS && seconds <= MAX_LINK_SECONDS);

/** How many there may be of something. */
export const CountText = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number);

/** How large something may be, or all of something together. */
export const BytesText = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number);

/** As Node shows it: in lower case. */
export const HeaderNameText = z
  .string()
  .regex(/^[A-Za-z0-9_%-]{1,100}$/)
  .transform((name) => name.toLowerCase());

export const DatabaseUrlText = z.string().transform((text, context) => {
  if (/^sqlite:[\w.-]*$/.test(text)) return text;
  const url = URL.parse(text);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) return refuse(context);
  return text;
});

export const INSTANCE_KEY_BYTES = 32;

/** 32 bytes as 64 hexadecimal digits or as base64. */
export const InstanceKeyText = z.string().transform((text, context) => {
  const isHex = /^[0-9a-fA-F]+$/.test(text) && text.length === INSTANCE_KEY_BYTES * 2;
  const bytes = Buffer.from(text, isHex ? 'hex' : 'base64');
  if (bytes.length !== INSTANCE_KEY_BYTES || (!isHex && !/^[A-Za-z0-9+/_-]{43}=?$/.test(text))) return refuse(context);
  return bytes.toString('hex');
});

/** Addresses and networks, comma-separated; a YAML file may hold a list. */
export const ProxiesText = z
  .union([z.string().transform((text) => text.split(',').map((part) => part.trim())), z.array(z.string())])
  .transform((proxies, context) => (proxies.every(isNetwork) ? proxies : refuse(context)));

function isNetwork(text: string): boolean {
  const [address = '', bits, more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function refuse(context: z.RefinementCtx): never {
  context.addIssue({ code: 'custom', message: 'malformed' });
  return z.NEVER;
}
