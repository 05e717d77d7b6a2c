import { BuildError } from '../image/build-error.ts';
import { playRealDemo } from './real-demo.ts';

const EXIT_OTHERWISE = 1;
const EXIT_WRONG_USE = 2;
const EXIT_INTERRUPTED = 130;

process.exitCode = await main(process.argv.slice(2));

/** `updraft demo --real`; its help is that of the demo. */
async function main(words: readonly string[]): Promise<number> {
  if (words.some((word) => word !== '--real')) {
    process.stderr.write('updraft demo: --real goes with no other option\n');
    return EXIT_WRONG_USE;
  }
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interruption.abort());
  try {
    const asTold = await playRealDemo((line) => void process.stdout.write(`${line}\n`), interruption.signal);
    return asTold ? 0 : EXIT_OTHERWISE;
  } catch (cause) {
    if (interruption.signal.aborted) {
      process.stdout.write('\nInterrupted. Nothing is left of it.\n');
      return EXIT_INTERRUPTED;
    }
    if (!(cause instanceof BuildError)) throw cause;
    process.stderr.write(`updraft demo: ${cause.message} (${cause.code})\n`);
    return EXIT_OTHERWISE;
  }
}
