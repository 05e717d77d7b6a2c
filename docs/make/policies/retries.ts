import {
  DEFAULT_PENALTY_RULE,
  DEFAULT_POLICY,
  MAX_RETRIES,
  RETRIED_FAILURES,
  retryWaitSeconds,
  spanWords,
  type RetryRule,
} from '@updraft/core';
import { area, dot, picture, stroke, text, type Point } from '../drawing.ts';
import { head, span, type PolicyPage } from './policy-page.ts';

const RULE: RetryRule = { ...DEFAULT_POLICY.retries, limit: 8 };
const DEVICES = 60;
const NAME = 'retries';
const TITLE = 'Retries: what follows a failure';
const WIDTH = 860;
const HEIGHT = 400;
const LEFT = 80;
const RIGHT = 640;
const TOP = 56;
const BOTTOM = 330;
const AXIS_SECONDS = [300, 600, 3600, 6 * 3600, 86_400];

export const retriesPage: PolicyPage = { name: NAME, title: TITLE, page, picture: drawn };

/** Waits after each failure: the rule's curve, the band of its jitter, and the waits of some devices in it. */
function drawn(): string {
  const failures = Array.from({ length: RULE.limit }, (_, index) => index + 1);
  const whole = failures.map((failure): Point => [xOf(failure), yOf(wait(failure, 0))]);
  const least = failures.map((failure): Point => [
    xOf(failure),
    yOf(wait(failure, 0) * (1 - RULE.jitterPercent / 100)),
  ]);
  const steps = failures.filter((failure) => failure === 1 || wait(failure, 0) > wait(failure - 1, 0));
  return picture({ width: WIDTH, height: HEIGHT, title: TITLE }, [
    text('Wait before the next attempt, by the number of failures so far', [20, 28], { size: 15, bold: true }),
    ...AXIS_SECONDS.flatMap((seconds) => [
      stroke(
        [
          [LEFT, yOf(seconds)],
          [RIGHT, yOf(seconds)],
        ],
        { tone: 'line' },
      ),
      text(span(seconds), [LEFT - 10, yOf(seconds) + 4], { tone: 'muted', anchor: 'end', size: 12 }),
    ]),
    area([...whole, ...least.toReversed()], 'open'),
    stroke(whole, { tone: 'open', width: 2 }),
    ...failures.flatMap((failure) =>
      Array.from({ length: DEVICES }, (_, device) => {
        const side = ((device * 7) % DEVICES) / DEVICES - 0.5;
        return dot(
          [xOf(failure) + side * 22, yOf(retryWaitSeconds(RULE, failure, `${device}/${failure}`))],
          'open',
          1.6,
        );
      }),
    ),
    ...steps.map((failure) =>
      text(spanWords(wait(failure, 0) * 1000), [xOf(failure) - 10, yOf(wait(failure, 0)) - 8], {
        anchor: 'end',
        size: 12,
        bold: true,
      }),
    ),
    ...failures.map((failure) =>
      text(String(failure), [xOf(failure), BOTTOM + 22], { tone: 'muted', anchor: 'middle', size: 12 }),
    ),
    text('failures', [(LEFT + RIGHT) / 2, BOTTOM + 44], { tone: 'muted', anchor: 'middle', size: 12 }),
    ...notes(),
  ]);
}

function notes(): readonly string[] {
  const lines = [
    [`first wait ${span(RULE.firstSeconds)}`, 'ink'],
    [`then × ${RULE.factor} each time`, 'ink'],
    [`never more than ${span(RULE.capSeconds)}`, 'ink'],
    [`band: up to ${RULE.jitterPercent} % less,`, 'muted'],
    ['so that devices which failed', 'muted'],
    ['together do not come back', 'muted'],
    [`together (dots: ${DEVICES} devices)`, 'muted'],
  ] as const;
  return lines.map(([line, tone], index) => text(line, [RIGHT + 24, TOP + 20 + index * 20], { tone }));
}

function wait(failures: number, jitterPercent: number): number {
  return retryWaitSeconds({ ...RULE, jitterPercent }, failures, '');
}

function xOf(failure: number): number {
  return LEFT + ((failure - 0.5) / RULE.limit) * (RIGHT - LEFT);
}

function yOf(seconds: number): number {
  const [low, high] = [Math.log(AXIS_SECONDS[0] ?? 1), Math.log(2 * 86_400)];
  return BOTTOM - ((Math.log(seconds) - low) / (high - low)) * (BOTTOM - TOP);
}

function page(): string {
  const { retries } = DEFAULT_POLICY;
  const alt = `Waits after one to ${RULE.limit} failures on a logarithmic scale: ${span(RULE.firstSeconds)}, then ${RULE.factor} times as long each time, at most ${span(RULE.capSeconds)}, less a random part of up to ${RULE.jitterPercent} percent.`;
  return `${head(retriesPage, alt)}
An attempt that has ended stays closed; a retry is a new attempt with a new id on the wire. Without a rule of its own a rollout makes ${retries.limit === 0 ? 'no retry' : `${retries.limit} retries`}; a rule may ask for up to ${MAX_RETRIES}.
Picture and defaults: the n-th failure waits ${span(retries.firstSeconds)} · ${retries.factor}ⁿ⁻¹, at most ${span(retries.capSeconds)}, less up to ${retries.jitterPercent} % that the attempt's own name decides: the same device
waits the same wherever it is worked out.

## Which failures are retried

The rule lists them; \`retries.on\` may hold ${RETRIED_FAILURES.map((failure) => `\`${failure}\``).join(', ')}. When it does not say, ${retries.on.map((failure) => `\`${failure}\``).join(', ')}
are retried. A release that does not fit the device is never tried again.

## What a failure counts meanwhile

Devices count, not attempts. The first failed attempt makes its device count as erred, also while a retry waits: otherwise retries would hide a bad release
for hours. A retry that succeeds takes the device out of the count again.

## The penalty box

Beyond any one rollout: a device that fails ${DEFAULT_PENALTY_RULE.failures} times within ${span(DEFAULT_PENALTY_RULE.withinSeconds)} is set aside for ${span(DEFAULT_PENALTY_RULE.seconds)}. It gets no offer until then, \`updraft why DEVICE\` says so, and an
operator may release it at any time. Who says nothing when asked to give up has failed at nothing, whichever limit ends it.
`;
}
