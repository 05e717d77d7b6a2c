import { PolicyView, type CallInput } from '@updraft/protocols';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { countOption, durationOption, momentOption, repeatable, wholeOption } from '../option-values.ts';
import { timeLimitOption, timeLimitsOf, type TimeLimitOptions } from './time-limit-option.ts';

type Policy = NonNullable<CallInput<'rollouts.create'>['body']['policy']>;
type Retries = NonNullable<Policy['retries']>;

/** `any`: no limit. */
type PaceValue = number | 'any';

/** What the options of a policy give; what is left out is as it was, or the default. */
export type PolicyOptions = TimeLimitOptions & {
  readonly startBy?: 'hand' | 'ready' | 'first-window';
  readonly startAt?: string;
  readonly approval?: NonNullable<Policy['approval']>;
  readonly action?: 'forced' | 'soft' | 'download-only';
  readonly forcedAt?: string;
  readonly consent?: boolean;
  readonly askAgain?: number;
  readonly window?: readonly string[];
  readonly anyTime?: boolean;
  readonly blackout?: readonly string[];
  readonly zone?: string;
  readonly downloadAhead?: boolean;
  readonly parallel?: PaceValue;
  readonly perMinute?: PaceValue;
  readonly perSite?: PaceValue;
  readonly retries?: number;
  readonly retryOn?: string;
  readonly retryWait?: number;
  readonly retryFactor?: number;
  readonly retryCap?: number;
  readonly retryJitter?: number;
  readonly onFailure?: NonNullable<Policy['onFailure']>;
  readonly dynamic?: boolean;
  readonly emergency?: boolean;
};

/** Every part of a policy as options, for what makes or changes a rollout. */
export function policyOptions(command: Command): Command {
  startOptions(command);
  return assignmentOptions(command)
    .addOption(
      new Option('--on-failure <act>', 'what follows when too many devices of a phase have erred').choices(
        PolicyView.shape.onFailure.options,
      ),
    )
    .option('--dynamic', 'devices that come to match later join')
    .option('--no-dynamic', 'nobody joins any more');
}

/** The parts of a policy that say how one device gets a release: all that a direct or automatic assignment asks for. */
export function assignmentOptions(command: Command): Command {
  command
    .addOption(
      new Option('--action <action>', 'soft leaves the moment to the device; download-only never installs').choices([
        'forced',
        'soft',
        'download-only',
      ]),
    )
    .option('--forced-at <time>', 'soft until then, such as 2026-03-01T22:00Z', momentOption)
    .option('--consent', "ask the device's user first")
    .option('--no-consent', 'ask nobody')
    .option('--ask-again <time>', 'how long after a no the user is asked again', durationOption);
  windowOptions(command);
  paceOptions(command);
  retryOptions(command);
  timeLimitOption(command);
  return command
    .option('--emergency', 'ignore windows and blackouts; needs a right of its own')
    .option('--no-emergency', 'heed windows and blackouts again');
}

function startOptions(command: Command): void {
  command
    .addOption(
      new Option('--start-by <how>', 'by hand, as soon as it is ready, or when the first window opens').choices([
        'hand',
        'ready',
        'first-window',
      ]),
    )
    .option('--start-at <time>', 'start it then, such as 2026-03-01T22:00Z', momentOption)
    .addOption(
      new Option(
        '--approval <need>',
        'whether another person has to approve it, or somebody who has the right to',
      ).choices(PolicyView.shape.approval.options),
    );
}

function windowOptions(command: Command): void {
  command
    .option(
      '--window <cron for time>',
      'when updates may install, such as "0 0 22 ? * MON-FRI for 4h", in the time zone of each device, or with " in Europe/Rome" at its end in that one; repeatable',
      repeatable,
    )
    .option('--any-time', 'no window: updates may install at any time')
    .option('--blackout <date..date>', 'local dates, both included, on which nothing opens; repeatable', repeatable)
    .option('--zone <name>', 'the time zone of devices that have none of their own, such as Europe/Rome')
    .option('--download-ahead', 'downloads may go before the window opens')
    .option('--no-download-ahead', 'downloads wait for the window too');
}

function paceOptions(command: Command): void {
  command
    .option('--parallel <n|any>', 'at most so many devices at work at once', paceOption)
    .option('--per-minute <n|any>', 'at most so many devices begin in a minute', paceOption)
    .option('--per-site <n|any>', 'at most so many devices at work at once at one site', paceOption);
}

function retryOptions(command: Command): void {
  const on = PolicyView.shape.retries.shape.on.element.options;
  command
    .option('--retries <n>', 'attempts after the first', wholeOption)
    .option('--retry-on <failures>', `which failures are retried, with commas: ${on.join(', ')}`)
    .option('--retry-wait <time>', 'how long the first retry waits', durationOption)
    .option('--retry-factor <n>', 'how much longer each one waits than the one before', factorOption)
    .option('--retry-cap <time>', 'how long one waits at most', durationOption)
    .option('--retry-jitter <percent>', 'up to so much of a wait is left out at random', wholeOption);
}

function factorOption(text: string): number {
  if (/^\d{1,3}(\.\d+)?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number such as 2 or 1.5.');
}

function paceOption(text: string): PaceValue {
  return text === 'any' ? text : countOption(text);
}

/** The parts of a policy that were given, field by field; undefined: none was. */
export function policyOf(options: PolicyOptions): Policy | undefined {
  const { consent, askAgain, onFailure, dynamic, emergency, approval } = options;
  const policy: Policy = given({
    start: startOf(options),
    approval,
    action: actionOf(options),
    consent: part({ required: consent, askAgainSeconds: askAgain }),
    windows: windowsOf(options),
    pace: paceOf(options),
    retries: retriesOf(options),
    timeLimits: timeLimitsOf(options).policy?.timeLimits,
    onFailure,
    dynamic,
    emergency,
  });
  return Object.keys(policy).length === 0 ? undefined : policy;
}

/** `over` laid over `base`: part by part, and field by field inside of the parts that have some. */
export function mergedPolicy(base: Policy | undefined, over: Policy | undefined): Policy | undefined {
  if (base === undefined || over === undefined) return over ?? base;
  return {
    ...base,
    ...over,
    ...given({
      consent: part({ ...base.consent, ...over.consent }),
      windows: part({ ...base.windows, ...over.windows }),
      pace: part({ ...base.pace, ...over.pace }),
      retries: part({ ...base.retries, ...over.retries }),
      timeLimits: part({ ...base.timeLimits, ...over.timeLimits }),
    }),
  };
}

function startOf({ startBy, startAt }: PolicyOptions): Policy['start'] {
  if (startBy !== undefined && startAt !== undefined)
    throw usageError('usage', 'Say --start-by or --start-at, not both.');
  return startAt === undefined ? (startBy === undefined ? undefined : { by: startBy }) : { by: 'time', at: startAt };
}

function actionOf({ action, forcedAt }: PolicyOptions): Policy['action'] {
  if (action !== undefined && forcedAt !== undefined)
    throw usageError('usage', 'An action that is forced from a time on is --forced-at alone.');
  return forcedAt === undefined
    ? action === undefined
      ? undefined
      : { kind: action }
    : { kind: 'time-forced', forcedAt };
}

function windowsOf({ window, anyTime, blackout, zone, downloadAhead }: PolicyOptions): Policy['windows'] {
  if (anyTime === true && window !== undefined) throw usageError('usage', 'Say --window or --any-time, not both.');
  const windows = anyTime === true ? [] : window?.map(windowFrom);
  return part({ windows, blackouts: blackout?.map(blackoutFrom), zone, downloadAhead });
}

function windowFrom(text: string) {
  const [, cron, length, zone] = /^(.+?)\s+for\s+(\S+)(?:\s+in\s+(\S+))?$/.exec(text.trim()) ?? [];
  if (cron === undefined || length === undefined)
    throw usageError('usage', `Write a window as "CRON for TIME", such as "0 0 22 ? * * for 4h"; found "${text}".`);
  return { cron, durationSeconds: durationOption(length), ...(zone === undefined ? {} : { zone }) };
}

function blackoutFrom(text: string) {
  const [from = '', to = from] = text.split('..');
  return { from, to };
}

function paceOf({ parallel, perMinute, perSite }: PolicyOptions): Policy['pace'] {
  const limit = (value: PaceValue | undefined) => (value === 'any' ? null : value);
  return part({ parallel: limit(parallel), perMinute: limit(perMinute), perSite: limit(perSite) });
}

function retriesOf(options: PolicyOptions): Retries | undefined {
  const { retries, retryOn, retryWait, retryFactor, retryCap, retryJitter } = options;
  return part({
    limit: retries,
    on: retryOn?.split(',').filter((one) => one !== '') as Retries['on'] | undefined,
    firstSeconds: retryWait,
    factor: retryFactor,
    capSeconds: retryCap,
    jitterPercent: retryJitter,
  });
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that hold something. */
function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** A part of a policy; undefined where none of its fields was given. */
function part<T extends object>(fields: T): Given<T> | undefined {
  const found = given(fields);
  return Object.keys(found).length === 0 ? undefined : found;
}
