import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ReadStream } from 'node:fs';
import type { FileReader } from 'tus-js-client';
import { usageError } from '../cli-error.ts';

const READ_BYTES = 262_144;

/**
 * Reads the slices of a file for tus. `onTrouble` is called where the file cannot be read to its end: the request that
 * promised these bytes would wait for ever.
 */
export function fileReaderFor(file: string, onTrouble: (error: Error) => void): FileReader {
  return {
    openFile: async () => {
      const { size } = await stat(file);
      let reading: ReadStream | null = null;
      return {
        size,
        slice: async (start, end) => {
          reading?.destroy();
          const length = Math.min(end, size) - start;
          reading = createReadStream(file, { start, end: start + length - 1, highWaterMark: READ_BYTES });
          watchLength(reading, { file, length, onTrouble });
          return { value: Object.assign(reading, { size: length }), done: end >= size };
        },
        close: () => void reading?.destroy(),
      };
    },
  };
}

type Watch = { readonly file: string; readonly length: number; readonly onTrouble: (error: Error) => void };

function watchLength(reading: ReadStream, { file, length, onTrouble }: Watch): void {
  reading.on('error', onTrouble);
  reading.on('end', () => {
    if (reading.bytesRead < length)
      onTrouble(usageError('file-changed', `${file} became shorter while it was uploaded.`));
  });
}
