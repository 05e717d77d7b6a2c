import type { CallAnswer } from '@updraft/protocols';
import { NO_LIMIT_SECONDS } from '@updraft/protocols';
import { lengthText, localTimeText } from '../output/figures.ts';
import { stageText } from './time-limit-option.ts';

type Policy = CallAnswer<'rollouts.show'>['policy'];
type Field = readonly [name: string, value: string];

/** What of a policy is not as in a plain rollout, as names and values of a sheet. */
export function policyFields(policy: Policy, timeZone: string): readonly Field[] {
  const { start, approval, action, consent, onFailure, dynamic, emergency } = policy;
  return [
    ...only(start.by !== 'hand', 'starts', startText(start, timeZone)),
    ...only(approval === 'required', 'approval', 'by another person than its authors'),
    ...only(approval === 'by-right', 'approval', 'by who has the right to'),
    ...only(action.kind !== 'forced', 'action', actionText(action, timeZone)),
    ...only(consent.required, 'consent', `asked; again ${lengthText(consent.askAgainSeconds)} after a no`),
    ...windowFields(policy.windows),
    ...only(paceText(policy.pace) !== '', 'pace', paceText(policy.pace)),
    ...only(policy.retries.limit > 0, 'retries', retriesText(policy.retries)),
    ['time limits', limitsText(policy.timeLimits)],
    ['on failure', onFailure === 'return' ? 'stop, and return to the release before' : onFailure],
    ...only(dynamic, 'late-comers', 'join'),
    ...only(emergency, 'emergency', 'windows and blackouts are ignored'),
  ];
}

function only(isSo: boolean, name: string, value: string): readonly Field[] {
  return isSo ? [[name, value]] : [];
}

const STARTS = { hand: 'by hand', ready: 'as soon as it is ready', 'first-window': 'when the first window opens' };

function startText(start: Policy['start'], timeZone: string): string {
  return start.by === 'time' ? `at ${localTimeText(start.at, timeZone)}` : STARTS[start.by];
}

function actionText(action: Policy['action'], timeZone: string): string {
  if (action.kind === 'time-forced') return `soft until ${localTimeText(action.forcedAt, timeZone)}`;
  return action.kind;
}

function windowFields({ windows, blackouts, zone, downloadAhead }: Policy['windows']): readonly Field[] {
  const ahead = downloadAhead ? ', downloads before' : '';
  const opens = windows
    .map(
      ({ cron, durationSeconds, zone: own }) =>
        `${cron} for ${lengthText(durationSeconds)}${own === undefined ? '' : ` in ${own}`}`,
    )
    .join('; ');
  const shut = blackouts.map(({ from, to }) => (from === to ? from : `${from}..${to}`)).join(', ');
  return [
    ...only(windows.length > 0, 'windows', `${opens} (${zone} where a device has no zone${ahead})`),
    ...only(blackouts.length > 0, 'blackouts', shut),
  ];
}

function paceText({ parallel, perMinute, perSite }: Policy['pace']): string {
  return [
    ...(parallel === null ? [] : [`${parallel} at once`]),
    ...(perMinute === null ? [] : [`${perMinute} a minute`]),
    ...(perSite === null ? [] : [`${perSite} at once at a site`]),
  ].join(', ');
}

function retriesText({ limit, on, firstSeconds, factor, capSeconds, jitterPercent }: Policy['retries']): string {
  const waits = `after ${lengthText(firstSeconds)}, ×${factor}, at most ${lengthText(capSeconds)}, up to ${jitterPercent} % sooner`;
  return `${limit}, ${waits}, on ${on.join(', ')}`;
}

/** `installing 6 h`: in the words of the states. */
function limitsText(limits: Policy['timeLimits']): string {
  return Object.entries(limits)
    .map(
      ([stage, seconds]) => `${stageText(stage)} ${seconds === NO_LIMIT_SECONDS ? 'unlimited' : lengthText(seconds)}`,
    )
    .join(', ');
}
