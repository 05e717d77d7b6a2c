import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { withExamples } from '../help-page.ts';
import { releaseId } from '../lookup.ts';
import { wholeOption } from '../option-values.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';
import type { Shell } from '../shell.ts';
import { assignmentNumber, referenceOptions, type ReferenceOptions } from './assignment-reference.ts';
import { requestsOf } from './named-devices.ts';
import { tellWarnings } from './rollout-create.ts';
import { asideLines } from './preview-lines.ts';
import { assignmentOptions, policyOf } from './policy-options.ts';
import type { PolicyOptions } from './policy-options.ts';
import { releaseText, stateText } from './shown-state.ts';

type Made = CallAnswer<'assignments.create'>;
type AssignOptions = PolicyOptions & { readonly release: string; readonly weight?: number };
type CancelOptions = ReferenceOptions & { readonly force?: boolean };

/** `updraft assign DEVICE… --release R` */
export function assignCommand(shell: Shell): Command {
  const command = assignmentOptions(
    new Command('assign')
      .summary('assign a release to devices directly')
      .description(
        'Assigns a published release to the devices named. What an older assignment has not finished is superseded; one of the same release goes on as it is, but for an --emergency, which takes its place where the device has not begun. For many devices make a rollout.',
      )
      .argument('<device...>', 'the devices')
      .requiredOption('--release <name@version>', 'the release, or its id')
      .option('--weight <0-1000>', 'which of several assignments goes first (1000)', wholeOption),
  ).action(async (devices: readonly string[], options: AssignOptions, self: Command) => {
    const session = await openSession(shell, self);
    const made = await assign(session, devices, options);
    tellWarnings(session.print, made.warnings);
    session.print.show(made, () => madeLines(made, options));
  });
  return withExamples(command, [
    'updraft assign gw-0042 gw-0043 --release gateway-os@2.1.0',
    "updraft assign gw-0042 --release gateway-os@2.1.0 --window '0 0 22 ? * * for 4h' --consent --retries 3",
  ]);
}

/** One request takes so many devices; more are assigned in several. */
async function assign(
  session: Session,
  devices: readonly string[],
  options: AssignOptions,
): Promise<Omit<Made, 'rollout'>> {
  const release = await releaseId(session, options.release);
  const policy = policyOf(options);
  const made: Omit<Made, 'rollout'> = {
    assigned: [],
    alreadyAssigned: [],
    alreadyInstalled: [],
    warnings: [],
    held: [],
  };
  const requests = [...requestsOf(devices)];
  if (requests.length > 1 && policy?.pace !== undefined) made.warnings.push(pacedApart(requests.length));
  for (const slice of requests) {
    const weight = options.weight === undefined ? {} : { weight: options.weight };
    const part = await session.api.call('assignments.create', {
      body: { release, devices: slice, ...weight, ...(policy === undefined ? {} : { policy }) },
    });
    made.assigned.push(...part.assigned);
    made.alreadyAssigned.push(...part.alreadyAssigned);
    made.alreadyInstalled.push(...part.alreadyInstalled);
    made.warnings = warningsOf([...made.warnings, ...part.warnings]);
    made.held = heldIn([...made.held, ...part.held]);
  }
  return made;
}

type Warning = Made['warnings'][number];
type Held = Made['held'][number];

/** Each request makes a direct rollout of its own, and each of these counts for itself. */
function pacedApart(requests: number): Warning {
  const detail = `So many devices take ${requests} requests, of which each keeps the pace for itself: ${requests} times as many may be at work. Make a rollout, which has one.`;
  return { code: 'pace-per-request', path: 'policy.pace', severity: 'warned', detail };
}

/** What several requests say alike is told once. */
function warningsOf(warnings: readonly Warning[]): Warning[] {
  return [...new Map(warnings.map((one) => [JSON.stringify(one), one])).values()];
}

const EXAMPLES = 5;

function heldIn(held: readonly Held[]): Held[] {
  return [...Map.groupBy(held, ({ reason }) => reason)].map(([reason, own]) => ({
    reason,
    count: own.reduce((sum, { count }) => sum + count, 0),
    examples: own.flatMap(({ examples }) => examples).slice(0, EXAMPLES),
  }));
}

/** What stands already goes on as it was asked for then. */
function madeLines(made: Omit<Made, 'rollout'>, options: AssignOptions): string[] {
  const { release } = options;
  const keeps = policyOf(options) === undefined ? '' : ', and keeps the policy of that';
  return [
    ...made.assigned.map((one) => `${one.device}: assigned ${releaseText(one.release)}, assignment ${one.number}.`),
    ...made.alreadyAssigned.map((device) => `${device}: was assigned ${release} before${keeps}.`),
    ...made.alreadyInstalled.map((device) => `${device}: runs ${release} already.`),
    ...asideLines('Assigned, but held:', made.held),
  ];
}

/** `updraft cancel DEVICE|ASSIGNMENT` */
export function cancelCommand(shell: Shell): Command {
  const command = referenceOptions(
    new Command('cancel')
      .summary('cancel what a device is assigned')
      .description(
        'Asks the device to give its current assignment up; one that installs already may refuse. With --force the server ends the assignment without asking: the device may still finish it.',
      )
      .argument('<device|assignment>', 'the name of a device, or the number of an assignment')
      .option('--force', 'end it without asking the device'),
  ).action(async (reference: string, options: CancelOptions, self: Command) => {
    const session = await openSession(shell, self);
    const number = await assignmentNumber(session, reference, options);
    const route = options.force === true ? 'assignments.force-quit' : 'assignments.cancel';
    const assignment = await session.api.call(route, { params: { number } });
    session.print.show(assignment, () => [
      `Assignment ${number} of ${assignment.device}, ${releaseText(assignment.release)}: ${stateText(assignment)}.`,
    ]);
  });
  return withExamples(command, ['updraft cancel gw-0042', 'updraft cancel 1017 --force']);
}
