import { DEMO_USAGE, demoCommand } from './demo/demo-command.ts';
import { UsageError } from './usage-error.ts';
import { ScenarioError } from './simulate/scenario-error.ts';
import { SIMULATE_USAGE, simulateCommand } from './simulate/simulate-command.ts';

type Verb = {
  readonly usage: string;
  /** Whether all came out as it should; `signal` is aborted by the first Ctrl-C. */
  readonly play: (args: readonly string[], signal: AbortSignal) => Promise<boolean | 'interrupted'>;
};

const VERBS: Readonly<Record<string, Verb>> = {
  demo: { usage: DEMO_USAGE, play: demoCommand },
  simulate: { usage: SIMULATE_USAGE, play: simulateCommand },
};
const EXIT_AS_IT_SHOULD = 0;
const EXIT_OTHERWISE = 1;
const EXIT_WRONG_USE = 2;
const EXIT_INTERRUPTED = 130;
const IMPATIENT_AFTER_MS = 500;

process.exitCode = await main(process.argv.slice(2));

async function main([name = '', ...args]: readonly string[]): Promise<number> {
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined) {
    process.stderr.write(`updraft fleet: there is no "${name}"\n\n${SIMULATE_USAGE}`);
    return EXIT_WRONG_USE;
  }
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(verb.usage);
    return EXIT_AS_IT_SHOULD;
  }
  const interruption = interruptions();
  try {
    const end = await verb.play(args, interruption.signal);
    if (end === 'interrupted') return EXIT_INTERRUPTED;
    return end ? EXIT_AS_IT_SHOULD : EXIT_OTHERWISE;
  } catch (cause) {
    if (interruption.signal.aborted) return EXIT_INTERRUPTED;
    process.stderr.write(`updraft ${name}: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    if (cause instanceof UsageError) process.stderr.write(`\n${verb.usage}`);
    return cause instanceof UsageError || cause instanceof ScenarioError ? EXIT_WRONG_USE : EXIT_OTHERWISE;
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
