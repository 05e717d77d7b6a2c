import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { holdPromiseTracking } from './promise-tracking.ts';
import { keepMemoryToOurselves } from './roomy-memory.ts';

/**
 * Runs one test file after the other as the pool hands them out, each as a suite of its own: what the files share is loaded and
 * compiled once. A file's hooks end with its suite. An error that nobody catches ends the process, and fails the file with it.
 */
const FILE_TIMEOUT_MS = 900_000;

keepMemoryToOurselves();
const tracking = holdPromiseTracking();
const { after, describe, test } = await import('node:test');
await import('./one-seed.ts');

const dieWithThePool = (): never => process.exit(1);
process.on('disconnect', dieWithThePool);
for (const event of ['uncaughtException', 'unhandledRejection'] as const) process.on(event, dieOf);

for (;;) {
  process.send?.('next');
  const [file]: unknown[] = await once(process, 'message');
  if (typeof file !== 'string') break;
  await runFile(file);
}
process.off('disconnect', dieWithThePool);
process.disconnect?.();

/** Promises are followed while the file declares its tests, not while these run. */
async function runFile(file: string): Promise<void> {
  const ended = Promise.withResolvers<void>();
  tracking.enable();
  void describe(path.relative(process.cwd(), file), { timeout: FILE_TIMEOUT_MS }, async () => {
    after(() => ended.resolve());
    try {
      await import(pathToFileURL(file).href);
    } catch (error) {
      void test('the file loads', () => {
        throw error;
      });
    } finally {
      tracking.disable();
    }
  });
  await ended.promise;
}

function dieOf(error: unknown): never {
  console.log('nobody caught:', error);
  process.exit(1);
}
