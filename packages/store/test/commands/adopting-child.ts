import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openDiskObjects } from '../../src/objects/disk-objects.ts';

/** Adopts random files until it is killed, and prints the hash of each that was answered. */
async function main(folder: string, incoming: string): Promise<never> {
  const objects = await openDiskObjects(folder);
  for (let at = 0; ; at += 1) {
    const bytes = randomBytes(1 + Math.floor(Math.random() * 300_000));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const file = path.join(incoming, `${process.pid}-${at}`);
    await writeFile(file, bytes);
    await objects.adopt(1, sha256, file);
    process.stdout.write(`${sha256}\n`);
  }
}

await main(process.argv[2] ?? '', process.argv[3] ?? '');
