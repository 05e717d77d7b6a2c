import { parseArgs } from 'node:util';
import { UsageError } from '../usage-error.ts';
import { playDemo } from './demo.ts';
import { openStage } from './stage.ts';

export const DEMO_USAGE = `updraft demo [--keep]

A server, a signing key, two signed bundles and 25 simulated devices, made on the spot in a temporary folder; a rollout;
and what happened and why. It ends by itself in under 20 seconds and leaves nothing behind.

  --real    instead, one device that really boots, under QEMU, takes an update (some minutes)
  --keep    afterwards let the server and the devices go on until Ctrl-C
  --help    this text

Exit status: 0 the story came out as told, 1 it did not, 2 wrong use, 130 interrupted.
`;

/** Plays the demo on standard output; tells whether it came out as told, or that it was interrupted. */
export async function demoCommand(args: readonly string[], signal: AbortSignal): Promise<boolean | 'interrupted'> {
  const keep = wantsToKeep(args);
  using stage = openStage(process.stdout);
  try {
    const differences = await playDemo({ stage, signal, keep });
    if (differences.length === 0) return true;
    for (const line of ['', 'This is not how the demo should have come out:', ...differences]) stage.say(line);
    return false;
  } catch (cause) {
    stage.settle();
    if (!signal.aborted) throw cause;
    stage.say('\nInterrupted. Nothing is left of it.');
    return 'interrupted';
  }
}

function wantsToKeep(args: readonly string[]): boolean {
  try {
    return parseArgs({ args: [...args], options: { keep: { type: 'boolean', default: false } } }).values.keep;
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}
