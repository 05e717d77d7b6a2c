import { parseArgs } from 'node:util';
import { playDemo } from './demo/demo.ts';
import { openStage, type Stage } from './demo/stage.ts';

const USAGE = `updraft demo [--keep]

A server, a signing key, two signed bundles and 25 simulated devices, made on the spot in a temporary folder; a rollout;
and what happened and why. It ends by itself in under 20 seconds and leaves nothing behind.

  --keep    afterwards let the server and the devices go on until Ctrl-C
  --help    this text

Exit status: 0 the story came out as told, 1 it did not, 2 wrong use, 130 interrupted.
`;
const EXIT_AS_TOLD = 0;
const EXIT_OTHERWISE = 1;
const EXIT_WRONG_USE = 2;
const EXIT_INTERRUPTED = 130;
const IMPATIENT_AFTER_MS = 500;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === null) return EXIT_WRONG_USE;
  if (options.help) {
    process.stdout.write(USAGE);
    return EXIT_AS_TOLD;
  }
  const interruption = interruptions();
  using stage = openStage(process.stdout);
  try {
    return verdictOf(await playDemo({ stage, signal: interruption.signal, keep: options.keep }), stage);
  } catch (cause) {
    stage.settle();
    if (interruption.signal.aborted) {
      stage.say('\nInterrupted. Nothing is left of it.');
      return EXIT_INTERRUPTED;
    }
    process.stderr.write(`updraft demo: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    return EXIT_OTHERWISE;
  }
}

function verdictOf(differences: readonly string[], stage: Stage): number {
  if (differences.length === 0) return EXIT_AS_TOLD;
  for (const line of ['', 'This is not how the demo should have come out:', ...differences]) stage.say(line);
  return EXIT_OTHERWISE;
}

function optionsOf(args: readonly string[]): { readonly keep: boolean; readonly help: boolean } | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { keep: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    });
    return values;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    process.stderr.write(`updraft demo: ${cause.message}\n\n${USAGE}`);
    return null;
  }
}

/**
 * The first signal asks for an orderly end. An impatient second one ends at once, by way of the `exit` handlers that still
 * clean up; one that comes with the first is the same one, sent to the group and by the launcher.
 */
function interruptions(): AbortController {
  const controller = new AbortController();
  let abortedAt = Infinity;
  const interrupt = (): void => {
    if (performance.now() - abortedAt > IMPATIENT_AFTER_MS) process.exit(EXIT_INTERRUPTED);
    abortedAt = Math.min(abortedAt, performance.now());
    controller.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  // Whoever read our output has gone (`| head`, a closed terminal): there is nobody left to play for.
  process.stdout.on('error', interrupt);
  return controller;
}
