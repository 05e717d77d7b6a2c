import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { type PortableRow, ROWS_PER_SLICE } from '@updraft/store';
import { UpkeepError } from './upkeep-error.ts';

/** No row comes near it: the longest, an artifact with what its inspection said, has some MiB. */
const MAX_ROW_CHARACTERS = 64 * 1024 * 1024;
const OWNER_ONLY = 0o600;

/** Writes rows as one JSON array a line, compressed; durable when it resolves. Tells the sha256 of the file. */
export async function writeTableFile(file: string, slices: AsyncIterable<readonly PortableRow[]>): Promise<string> {
  const hash = createHash('sha256');
  const tap = new PassThrough();
  tap.on('data', (bytes: Buffer) => hash.update(bytes));
  await pipeline(
    linesOf(slices),
    createZstdCompress(),
    tap,
    createWriteStream(file, { mode: OWNER_ONLY, flush: true }),
  );
  return hash.digest('hex');
}

async function* linesOf(slices: AsyncIterable<readonly PortableRow[]>): AsyncIterable<string> {
  for await (const slice of slices) yield slice.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** The rows of such a file, in slices. */
export async function* readTableFile(file: string): AsyncIterable<readonly PortableRow[]> {
  const bytes = createReadStream(file);
  const text = createZstdDecompress();
  const reading = pipeline(bytes, text);
  // What ends the reading is thrown by the loop.
  reading.catch(() => undefined);
  let rest = '';
  let slice: PortableRow[] = [];
  for await (const chunk of text.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_ROW_CHARACTERS) throw new UpkeepError('backup-damaged', `${file} has a row without an end`);
    for (const line of lines) {
      slice.push(readRow(line, file));
      if (slice.length < ROWS_PER_SLICE) continue;
      yield slice;
      slice = [];
    }
  }
  await reading;
  if (rest !== '') throw new UpkeepError('backup-damaged', `${file} ends within a row`);
  if (slice.length > 0) yield slice;
}

function readRow(line: string, file: string): PortableRow {
  try {
    return JSON.parse(line) as PortableRow;
  } catch (cause) {
    throw new UpkeepError('backup-damaged', `${file} has a line that is no row: use another backup`, { cause });
  }
}
