import { once } from 'node:events';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

/**
 * Runs one test file after the other as the pool hands them out, each as a suite of its own: what the files share is loaded and
 * compiled once. A file's hooks end with its suite.
 */
const FILE_TIMEOUT_MS = 900_000;

const dieWithThePool = (): never => process.exit(1);
process.on('disconnect', dieWithThePool);

for (;;) {
  process.send?.('next');
  const [file]: unknown[] = await once(process, 'message');
  if (typeof file !== 'string') break;
  await runFile(file);
}
process.off('disconnect', dieWithThePool);
process.disconnect?.();

async function runFile(file: string): Promise<void> {
  const ended = Promise.withResolvers<void>();
  void describe(path.relative(process.cwd(), file), { timeout: FILE_TIMEOUT_MS }, async () => {
    after(() => ended.resolve());
    try {
      await import(pathToFileURL(file).href);
    } catch (error) {
      void test('the file loads', () => {
        throw error;
      });
    }
  });
  await ended.promise;
}
