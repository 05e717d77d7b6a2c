import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { usageError } from '../cli-error.ts';
import { withExamples } from '../help-page.ts';
import { rolloutId } from '../lookup.ts';
import { agoText, localTimeText } from '../output/figures.ts';
import { terminalWidth } from '../output/printer.ts';
import type { Printer } from '../output/printer.ts';
import { harmless, padText, textWidth } from '../output/text-width.ts';
import { wrappedLines } from '../output/wrapped-lines.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';
import type { Shell } from '../shell.ts';
import { gateAdvice } from './advice.ts';
import { rolloutWhyLines } from './rollout-why-lines.ts';
import { releaseText } from './shown-state.ts';

type WhyAnswer = CallAnswer<'devices.why'>;
type Gate = WhyAnswer['gates'][number];

/** `updraft why DEVICE`, `updraft why --rollout ROLLOUT` */
export function whyCommand(shell: Shell): Command {
  const command = new Command('why')
    .summary('why a device has not got its update, or what holds a rollout')
    .description(
      'For a device it shows every gate between it and its update, in order: passed or not, the fact that was read, and when it will change by itself. For a rollout it shows what holds the whole, and how many of its devices each gate holds. The same code decides.',
    )
    .argument('[device]', 'the device')
    .option('--rollout <rollout>', 'a rollout instead, by its name or id')
    .action(async (device: string | undefined, { rollout }: { readonly rollout?: string }, self: Command) => {
      if ((device === undefined) === (rollout === undefined))
        throw usageError('usage', 'Name one: a device, or a rollout with --rollout.');
      const session = await openSession(shell, self);
      if (rollout !== undefined) return explainRollout(session, rollout);
      const why = await session.api.call('devices.why', { params: { device: device ?? '' } });
      session.print.show(why, () => whyLines(why, shell, session.print));
    });
  return withExamples(command, ['updraft why gw-0042', 'updraft why --rollout spring']);
}

async function explainRollout(session: Session, reference: string): Promise<void> {
  const why = await session.api.call('rollouts.why', { params: { id: await rolloutId(session, reference) } });
  session.print.show(why, () => rolloutWhyLines(why, reference, session));
}

function whyLines(why: WhyAnswer, shell: Shell, { paint }: Printer): string[] {
  const width = terminalWidth(shell.stdout);
  const gates = why.gates.flatMap((gate) => gateLines(gate, why.gates, { width, paint }));
  const contact = `Last contact: ${agoText(why.lastContactAt, shell.now())}.`;
  return [
    ...wrappedLines(harmless(why.summary), width).map((line) => paint('bold', line)),
    ...(gates.length === 0 ? [] : ['', ...gates]),
    '',
    ...wrappedLines([permissionText(why), ...changeText(why, shell), contact].join(' '), width),
    ...adviceLines(why, width),
    ...waitingLines(why.waiting),
  ];
}

/** Where what holds it is over by itself, or nothing holds it, there is nothing to do. */
function adviceLines(why: WhyAnswer, width: number | null): string[] {
  const advice = why.mayInstall && why.state !== 'canceling' ? null : gateAdvice(why);
  return advice === null ? [] : wrappedLines(harmless(advice), width);
}

function waitingLines(waiting: WhyAnswer['waiting']): string[] {
  return waiting.map(({ number, release, rollout }) =>
    harmless(`Behind it waits ${releaseText(release)}, of ${rollout.name} (assignment ${number}).`),
  );
}

const GAP = '  ';
/** Before a verdict is painted, it is as wide as the widest. */
const VERDICT_CHARACTERS = 'passed'.length;

/** Verdict, gate and fact; a fact that does not fit goes on below itself. */
function gateLines(
  gate: Gate,
  all: readonly Gate[],
  { width, paint }: { readonly width: number | null; readonly paint: Printer['paint'] },
): string[] {
  const names = Math.max(...all.map((one) => textWidth(one.gate)));
  const indent = VERDICT_CHARACTERS + names + 2 * GAP.length;
  const isOnlyInstall = !gate.passed && gate.blocks === 'install';
  const fact = harmless(gate.fact) + (isOnlyInstall ? ' (holds the install, not the download)' : '');
  const [first = '', ...more] = wrappedLines(fact, width === null ? null : width - indent);
  const verdict = gate.passed ? paint('green', 'passed') : paint('red', padText('shut', VERDICT_CHARACTERS));
  return [
    `${verdict}${GAP}${padText(gate.gate, names)}${GAP}${first}`,
    ...more.map((line) => ' '.repeat(indent) + line),
  ];
}

function permissionText({ gates, state, mayDownload, mayInstall }: WhyAnswer): string {
  if (gates.length === 0) return '';
  if (state === 'canceling') return 'It is told at each contact, until it answers.';
  if (mayInstall) return 'It may download and install.';
  return mayDownload ? 'It may download, not yet install.' : 'It may not download yet.';
}

/** Of the gate that holds the update back first. */
function changeText({ gates, mayInstall }: WhyAnswer, { timeZone }: Shell): string[] {
  const shut = gates.find(({ passed }) => !passed);
  if (shut === undefined || mayInstall) return [];
  if (shut.nextChange !== null)
    return [`"${shut.gate}" changes by itself at ${localTimeText(shut.nextChange, timeZone)}.`];
  return [`"${shut.gate}" does not change by time alone.`];
}
