import { RolloutChangeInput, type CallAnswer, type CallInput } from '@updraft/protocols';
import { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { withExamples } from '../help-page.ts';
import { rolloutId } from '../lookup.ts';
import { repeatable, wholeOption } from '../option-values.ts';
import { localTimeText } from '../output/figures.ts';
import { listOptions, pages, type ListOptions } from '../pages.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';
import { changedPhaseFrom } from './phase-option.ts';
import { mergedPolicy, policyOf, policyOptions, type PolicyOptions } from './policy-options.ts';
import { tellWarnings } from './rollout-create.ts';
import { readYamlFile } from './yaml-file.ts';

type Change = CallInput<'rollouts.change'>['body'];
type Revision = CallAnswer<'rollouts.revisions'>['items'][number];
type ChangeOptions = PolicyOptions & {
  readonly file?: string;
  readonly name?: string;
  readonly description?: string;
  readonly weight?: number;
  readonly phase?: readonly string[];
};

/** `updraft rollout set` */
export function changeCommand(shell: Shell): Command {
  const command = policyOptions(
    new Command('set')
      .summary('change a rollout, also while it runs')
      .description(
        'Changes the name, the weight, thresholds of phases that are not over, and the policy. What a device was permitted stays permitted; all else follows the change from then on. Every change is a revision with its author; a rollout that was approved and has not started is to be approved again.',
      )
      .argument('<rollout>', 'its name or id')
      .option('--file <yaml>', 'the change as a file, with the names of the API')
      .option('--name <text>', 'another name')
      .option('--description <text>', 'a note for people')
      .option('--weight <0-1000>', 'which of several assignments of a device goes first', wholeOption)
      .option(
        '--phase <number:setting…>',
        'other thresholds of a phase, such as 2:success=90,errors=5/3,soak=1h,next=hand; repeatable',
        repeatable,
      ),
  ).action(async (reference: string, options: ChangeOptions, self: Command) => {
    const session = await openSession(shell, self);
    const body = await changeOf(options);
    const rollout = await session.api.call('rollouts.change', {
      params: { id: await rolloutId(session, reference) },
      body,
    });
    tellWarnings(session.print, rollout.warnings);
    session.print.show(rollout, () => [`${rollout.name} is changed; it is ${rollout.state}.`]);
  });
  return withExamples(command, [
    'updraft rollout set spring --parallel 20 --per-minute any',
    'updraft rollout set spring --phase 2:success=90,errors=5/3',
    "updraft rollout set spring --window '0 0 1 ? * * for 3h' --zone Europe/Rome",
  ]);
}

async function changeOf({ file, name, description, weight, phase, ...options }: ChangeOptions): Promise<Change> {
  const base = file === undefined ? {} : await readYamlFile<Change>(file, RolloutChangeInput);
  const policy = mergedPolicy(base.policy, policyOf(options));
  const change: Change = {
    ...base,
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(weight === undefined ? {} : { weight }),
    ...(policy === undefined ? {} : { policy }),
    ...(phase === undefined ? {} : { phases: phase.map(changedPhaseFrom) }),
  };
  if (Object.keys(change).length === 0)
    throw usageError('usage', 'Say what to change; see "updraft rollout set --help".');
  return change;
}

/** `updraft rollout revisions` */
export function revisionsCommand(shell: Shell): Command {
  return listOptions(
    new Command('revisions')
      .summary('what was changed of a rollout, and by whom')
      .argument('<rollout>', 'its name or id'),
  ).action(async (reference: string, options: ListOptions, self: Command) => {
    const session = await openSession(shell, self);
    const id = await rolloutId(session, reference);
    await session.print.list<Revision>(
      pages((query) => session.api.call('rollouts.revisions', { params: { id }, query }), options),
      [
        { title: 'REVISION', value: (row) => String(row.revision), align: 'right' },
        { title: 'AT', value: (row) => localTimeText(row.at, shell.timeZone) },
        { title: 'BY', value: (row) => row.actor },
        { title: 'CHANGE', value: (row) => changeText(row) },
      ],
      'It was never changed.',
    );
  });
}

/** Each field with what it was and what it is. */
export function changeText({ change }: Revision): string {
  return Object.entries(change)
    .flatMap(([field, { before, after }]) => changedLeaves(field, before, after))
    .join('; ');
}

/** Of a part with fields only those that differ. */
function changedLeaves(field: string, before: unknown, after: unknown): readonly string[] {
  if (!isPart(before) || !isPart(after)) return [`${field}: ${valueText(before)} → ${valueText(after)}`];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .flatMap((name) => changedLeaves(`${field}.${name}`, before[name] ?? null, after[name] ?? null));
}

function isPart(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A plain word stands without quotes. */
function valueText(value: unknown): string {
  return typeof value === 'string' && /^[\w-]+$/.test(value) ? value : JSON.stringify(value);
}
