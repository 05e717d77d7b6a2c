import {
  DEFAULT_POLICY,
  MAX_PACE,
  paceVerdict,
  TOKENS_PER_START,
  tokensLeft,
  type PaceCount,
  type PaceRule,
} from '@updraft/core';
import { picture, stroke, text, type Point, type Tone } from '../drawing.ts';
import { head, span, type PolicyPage } from './policy-page.ts';

const NAME = 'pace';
const TITLE = 'Pace: how many at once, how many a minute';
const DEVICES = 120;
const POLL_SECONDS = 300;
const WORK_SECONDS = 600;
const STEP_SECONDS = 10;
const LAST_SECONDS = 2 * 3600;
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [860, 400, 70, 620, 56, 340];

const RULES: readonly { readonly rule: PaceRule; readonly tone: Tone; readonly words: string }[] = [
  { rule: DEFAULT_POLICY.pace, tone: 'muted', words: 'no pace' },
  { rule: { ...DEFAULT_POLICY.pace, perMinute: 4 }, tone: 'good', words: '4 a minute' },
  { rule: { ...DEFAULT_POLICY.pace, parallel: 20 }, tone: 'open', words: '20 at once' },
  { rule: { parallel: 20, perMinute: 2, perSite: null }, tone: 'warn', words: '20 at once, 2 a minute' },
];

export const pacePage: PolicyPage = { name: NAME, title: TITLE, page, picture: drawn };

/** Devices at work over time, under different rules: each asks at its own polls, and works for as long. */
function drawn(): string {
  const ticks = [0, 1800, 3600, 5400, 7200];
  const heights = [0, 20, 40, 60, 80, 100, 120];
  const courses = RULES.map((one) => ({ ...one, ...course(one.rule) }));
  return picture({ width: WIDTH, height: HEIGHT, title: TITLE }, [
    text(
      `${DEVICES} devices at work, each for ${span(WORK_SECONDS)}, that poll every ${span(POLL_SECONDS)}`,
      [20, 28],
      { size: 15, bold: true },
    ),
    ...heights.flatMap((n) => [
      stroke(
        [
          [LEFT, yOf(n)],
          [RIGHT, yOf(n)],
        ],
        { tone: 'line' },
      ),
      text(String(n), [LEFT - 10, yOf(n) + 4], { tone: 'muted', anchor: 'end', size: 12 }),
    ]),
    ...ticks.map((at) =>
      text(at === 0 ? 'start' : span(at), [xOf(at), BOTTOM + 22], { tone: 'muted', anchor: 'middle', size: 12 }),
    ),
    ...courses.map(({ points, tone }) => stroke(points, { tone, width: 2 })),
    ...courses.flatMap(({ words, tone, mostAtOnce, endsAt }, index) => [
      stroke(
        [
          [RIGHT + 24, TOP + 16 + index * 56],
          [RIGHT + 48, TOP + 16 + index * 56],
        ],
        { tone, width: 3 },
      ),
      text(words, [RIGHT + 56, TOP + 20 + index * 56], { bold: true }),
      text(`at most ${mostAtOnce} at once,`, [RIGHT + 56, TOP + 38 + index * 56], { tone: 'muted', size: 12 }),
      text(
        endsAt === null ? 'not over in this picture' : `over after ${Math.ceil(endsAt / 60)} min`,
        [RIGHT + 56, TOP + 53 + index * 56],
        { tone: 'muted', size: 12 },
      ),
    ]),
  ]);
}

/** The verdicts are core's; a place is taken with a start's tokens and given back at the end of the work. */
function course(rule: PaceRule) {
  const waiting = new Set(Array.from({ length: DEVICES }, (_, device) => device));
  const endings: number[] = [];
  let [count, mostAtOnce]: [PaceCount, number] = [
    { inFlight: 0, tokens: (rule.perMinute ?? 0) * TOKENS_PER_START, tokensAt: 0 },
    0,
  ];
  const points: Point[] = [];
  for (let at = 0; at <= LAST_SECONDS; at += STEP_SECONDS) {
    count = { ...count, inFlight: endings.filter((end) => end > at).length };
    for (const device of [...waiting].filter((one) => isPolling(one, at))) {
      const facts = { held: false, isCounting: false, rollout: count, site: null, siteName: '' };
      if (!paceVerdict(rule, facts, at * 1000).passed) continue;
      const tokens = rule.perMinute === null ? 0 : tokensLeft(rule.perMinute, count, at * 1000) - TOKENS_PER_START;
      count = { inFlight: count.inFlight + 1, tokens, tokensAt: at * 1000 };
      waiting.delete(device);
      endings.push(at + WORK_SECONDS);
    }
    mostAtOnce = Math.max(mostAtOnce, count.inFlight);
    points.push([xOf(at), yOf(count.inFlight)]);
  }
  return { points, mostAtOnce, endsAt: waiting.size > 0 ? null : Math.max(...endings) };
}

/** Polls are spread evenly over the interval. */
function isPolling(device: number, at: number): boolean {
  const own = Math.floor((device * POLL_SECONDS) / DEVICES / STEP_SECONDS) * STEP_SECONDS;
  return at % POLL_SECONDS === own;
}

function xOf(at: number): number {
  return LEFT + (at / LAST_SECONDS) * (RIGHT - LEFT);
}

function yOf(devices: number): number {
  return BOTTOM - (devices / DEVICES) * (BOTTOM - TOP);
}

function page(): string {
  const told = RULES.map(({ rule, words }) => {
    const { mostAtOnce, endsAt } = course(rule);
    return `${words}: ${mostAtOnce} at most, ${endsAt === null ? `more than ${span(LAST_SECONDS)}` : `${Math.ceil(endsAt / 60)} min`}`;
  });
  return `${head(pacePage, `Devices at work over two hours under four rules: ${told.join('; ')}.`)}
| setting | limits | when there is no room |
|---|---|---|
| \`parallel\` | devices at work at once | until one of them is done |
| \`perMinute\` | devices that begin in a minute, evenly | until the next start, whose time \`why\` tells |
| \`perSite\` | devices at work at once behind one uplink | until one of that site is done; a device without a site has no such limit |

Each is a number from 1 to ${MAX_PACE}, or none; all that are set must agree. The rollout's places are counted over all its phases.

A device takes its place when the offer is made, and gives it back when its attempt ends, when it has nothing left but to show that it runs the new version, and
when nobody takes the offer. A device that may download but not yet install gives it back when it has downloaded, and takes one anew for the install: a night's downloads do
not hold the window's places. A cancel keeps the place until the device has answered.

What has begun goes on, whatever the pace becomes: a pace that is made smaller under way lets nobody new begin until there is room. A device that works
without a place, as it was offered the update before, takes one over the limit rather than being told lies.

Without a pace nobody is counted. Where a running rollout is given one, those that are at work are counted behind the change, a thousand members at a time, and take
their places, over the limit if need be. Until that is done, some seconds of a large rollout, nobody new begins where \`parallel\` or \`perSite\` is set, and \`why\` says
so; afterwards there is room once fewer are at work. What was offered and not taken as yet is taken back at its device's next poll, and offered anew where there is room.
`;
}
