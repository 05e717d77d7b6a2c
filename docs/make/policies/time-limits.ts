import {
  attemptLifecycle,
  DEFAULT_POLL_INTERVAL_SECONDS,
  DEFAULT_TIME_LIMITS,
  MAX_TIME_LIMIT_SECONDS,
  OFFER_MIN_SECONDS,
  offerLimitSeconds,
  stageLimitSeconds,
} from '@updraft/core';
import { box, picture, stroke, text } from '../drawing.ts';
import { head, span, type PolicyPage } from './policy-page.ts';

const NAME = 'time-limits';
const TITLE = 'Time limits: nothing hangs for ever';
const WIDTH = 860;
const LEFT = 170;
const RIGHT = 600;
const TOP = 64;
const ROW = 34;
const AXIS_SECONDS = [600, 3600, 6 * 3600, 86_400, 7 * 86_400];

export const timeLimitsPage: PolicyPage = { name: NAME, title: TITLE, page, picture: drawn };

type Limit = { readonly stage: string; readonly seconds: number; readonly after: string };

/** How long each stage may last, on a logarithmic scale. */
function drawn(): string {
  const rows = limits();
  const bottom = TOP + rows.length * ROW;
  return picture({ width: WIDTH, height: bottom + 44, title: TITLE }, [
    text('How long an attempt may stand in each stage (defaults)', [20, 28], { size: 15, bold: true }),
    ...AXIS_SECONDS.flatMap((seconds) => [
      stroke(
        [
          [xOf(seconds), TOP - 4],
          [xOf(seconds), bottom],
        ],
        { tone: 'line' },
      ),
      text(span(seconds), [xOf(seconds), TOP - 10], { tone: 'muted', anchor: 'middle', size: 12 }),
    ]),
    ...rows.flatMap(({ stage, seconds, after }, index) => {
      const y = TOP + index * ROW;
      const tone = stage === SILENCE ? 'warn' : 'open';
      return [
        text(stage, [LEFT - 14, y + 20], { anchor: 'end' }),
        box([LEFT, y + 7], [xOf(seconds) - LEFT, ROW - 14], { tone }),
        text(`${span(seconds)} → ${after}`, [xOf(seconds) + 10, y + 20], { size: 12 }),
      ];
    }),
    text(
      'Blue: a stage’s own limit. Orange: silence, in whichever stage; it counts only time in which a server was listening.',
      [20, bottom + 26],
      { tone: 'muted', size: 12 },
    ),
  ]);
}

const SILENCE = 'any stage, silent';

function limits(): readonly Limit[] {
  const stages = attemptLifecycle.states.flatMap((stage) => {
    const seconds = stageLimitSeconds(stage, DEFAULT_TIME_LIMITS, DEFAULT_POLL_INTERVAL_SECONDS);
    return seconds === null ? [] : [{ stage, seconds, after: afterwards(stage) }];
  });
  return [...stages, { stage: SILENCE, seconds: DEFAULT_TIME_LIMITS.silenceSeconds, after: 'timed-out' }];
}

function afterwards(stage: string): string {
  if (stage === 'offered') return 'ready: the offer lapses';
  return stage === 'awaiting-evidence' ? 'failed: no-evidence' : 'timed-out';
}

function xOf(seconds: number): number {
  const [low, high] = [Math.log(300), Math.log(7 * 86_400)];
  return LEFT + ((Math.log(seconds) - low) / (high - low)) * (RIGHT - LEFT);
}

function page(): string {
  const alt = `Bars of each stage's limit: ${limits()
    .map(({ stage, seconds }) => `${stage} ${span(seconds)}`)
    .join(', ')}.`;
  const rows = limits().map(({ stage, seconds, after }) => `| ${stage} | ${span(seconds)} | ${after} |`);
  return `${head(timeLimitsPage, alt)}
| stage | default | then |
|---|---|---|
${rows.join('\n')}

Every limit but the offer's is the rollout's own (\`timeLimits\`), from 1 s to ${span(MAX_TIME_LIMIT_SECONDS)}. An offer that nobody takes lapses after three polls of its device, never sooner than
${span(OFFER_MIN_SECONDS)} (a device that polls each ${span(DEFAULT_POLL_INTERVAL_SECONDS)}: ${span(offerLimitSeconds(DEFAULT_POLL_INTERVAL_SECONDS))}); its place in the pace is free again, and it counts as no failure.

A limit ends the attempt; whether another follows is for [retries](retries.md). Silence is what a device that has begun says nothing for, and for devices that
have not begun it counts from the start of their phase. It counts only time in which a server was listening: after an outage of ours it begins anew, so that no
fleet is called silent because we were. A limit that passed meanwhile waits for three more polls, at least 15 min, or for its own length where that is
shorter: the device may have done its work in the meantime. A cancel that the device does not answer has a limit of its own, and a device that reports after a limit is answered,
and changes nothing.
`;
}
