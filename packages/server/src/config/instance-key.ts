import { randomBytes } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { ConfigurationError } from './configuration-error.ts';
import { INSTANCE_KEY_BYTES } from './setting-schemas.ts';

export const INSTANCE_KEY_FILE = 'instance.key';

/** The configured key, else the one in the data directory, made at the first start with mode 0600. */
export async function instanceKeyOf(configured: string | null, dataDir: string): Promise<Buffer> {
  if (configured !== null) return Buffer.from(configured, 'hex');
  const file = path.join(dataDir, INSTANCE_KEY_FILE);
  const kept = await readKey(file);
  if (kept !== null) return kept;
  await writeKey(file, randomBytes(INSTANCE_KEY_BYTES));
  return (await readKey(file)) ?? Promise.reject(new Error(`${file} vanished while it was made`));
}

async function readKey(file: string): Promise<Buffer | null> {
  try {
    const key = Buffer.from((await readFile(file, 'utf8')).trim(), 'hex');
    if (key.length === INSTANCE_KEY_BYTES) return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  throw new ConfigurationError([`${file} is damaged; expected ${INSTANCE_KEY_BYTES * 2} hexadecimal digits`]);
}

/** Complete or absent, also after a power cut: what the database sealed under it would be lost with it. */
async function writeKey(file: string, key: Buffer) {
  const temporary = `${file}.new`;
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(`${key.toString('hex')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  const directory = await open(path.dirname(file), 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
