import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

export const PASSWORD_WEAK_BELOW_CHARACTERS = 12;
/** OWASP's first choice for argon2id. */
const COST = { memoryKib: 19_456, passes: 2, parallelism: 1 } as const;
/** A stored string may ask for more, after a change of {@link COST}; nothing sensible asks for this much. */
const MAX_MEMORY_KIB = 262_144;
const MAX_PASSES = 16;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

type Hashed = {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
};

const derive = promisify(argon2);

/** argon2id (RFC 9106) as a PHC string; some tens of milliseconds on a thread of the pool. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await run(password, { ...COST, salt, hash: Buffer.alloc(HASH_BYTES) });
  const { memoryKib, passes, parallelism } = COST;
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${phcBase64(salt)}$${phcBase64(hash)}`;
}

/** Whether the password is the one that was hashed. A damaged string is nobody's password. */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
  const stored = parsePhc(phc);
  if (stored === null) return false;
  return timingSafeEqual(await run(password, stored), stored.hash);
}

/** Takes as long as {@link verifyPassword}, so that an answer's time does not tell which users exist. */
export async function verifyNobody(password: string): Promise<false> {
  await run(password, { ...COST, salt: Buffer.alloc(SALT_BYTES), hash: Buffer.alloc(HASH_BYTES) });
  return false;
}

function run(password: string, { memoryKib, passes, parallelism, salt, hash }: Hashed): Promise<Buffer> {
  const message = Buffer.from(password.normalize('NFC'));
  return derive('argon2id', { message, nonce: salt, memory: memoryKib, passes, parallelism, tagLength: hash.length });
}

function parsePhc(phc: string): Hashed | null {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(phc);
  if (match === null) return null;
  const [memoryKib, passes, parallelism] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (memoryKib > MAX_MEMORY_KIB || passes > MAX_PASSES) return null;
  const salt = Buffer.from(match[4] ?? '', 'base64');
  const hash = Buffer.from(match[5] ?? '', 'base64');
  return { memoryKib, passes, parallelism, salt, hash };
}

function phcBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
