import type { Command } from 'commander';
import { TimeLimitsView } from '@updraft/protocols';
import type { CallInput } from '@updraft/protocols';
import { usageError } from '../cli-error.ts';
import { durationOption, repeatable } from '../option-values.ts';

type Policy = NonNullable<CallInput<'assignments.create'>['body']['policy']>;
export type TimeLimitOptions = { readonly timeLimit?: readonly string[] };

const SUFFIX = 'Seconds';

/** `--time-limit installing=20min`, for what assigns. */
export function timeLimitOption(command: Command): Command {
  const stages = Object.keys(stageNames()).join(', ');
  return command.option(
    '--time-limit <stage=time>',
    `how long a stage may last, such as installing=20min; repeatable. Stages: ${stages}`,
    repeatable,
  );
}

export function timeLimitsOf({ timeLimit }: TimeLimitOptions): { policy?: Policy } {
  if (timeLimit === undefined) return {};
  return { policy: { timeLimits: Object.fromEntries(timeLimit.map(parseTimeLimit)) } };
}

function parseTimeLimit(text: string): readonly [string, number] {
  const [stage = '', time = ''] = text.split('=');
  const field = stageNames()[stage];
  if (field === undefined)
    throw usageError('usage', `"${stage}" is no stage; the stages are ${Object.keys(stageNames()).join(', ')}.`);
  return [field, durationOption(time)];
}

/** `awaiting-report` → `awaitingReportSeconds`: the API's field in the words of the states. */
function stageNames(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(TimeLimitsView.shape).map((field) => [stageText(field), field]));
}

/** `awaitingReportSeconds` → `awaiting-report` */
export function stageText(field: string): string {
  return field.slice(0, -SUFFIX.length).replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
