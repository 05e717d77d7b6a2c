import { decideRollout, ONE_PHASE, type PhaseSpec, type RolloutAggregate, type RolloutInput } from '@updraft/core';
import { area, dot, picture, stroke, text, type Point } from '../drawing.ts';
import { head, type PolicyPage } from './policy-page.ts';
import { aRollout } from './rollout-in-a-picture.ts';

const NAME = 'late-comers';
const TITLE = 'Late-comers: devices that come to match later';
const HOUR_MS = 3_600_000;
const HOURS = 120;
const FIRST_DEVICES = 40;
/** A factory lets a device out every so many hours. */
const HOURS_PER_DEVICE = 4;
const WORK_HOURS = 8;
const PAUSED = { from: 40, to: 60 };
const ENDED_AT = 96;
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [860, 340, 70, 610, 56, 280];
const MOST = 70;
const SPEC: PhaseSpec = { ...ONE_PHASE, successPercent: 90 };

export const lateComersPage: PolicyPage = { name: NAME, title: TITLE, page, picture: drawn };

/** Members and successes of a dynamic rollout over five days, beside one that is not dynamic. */
function drawn(): string {
  const [dynamic, fixed] = [played(true), played(false)];
  const legend = (words: string, note: string, y: number) => [
    text(words, [RIGHT + 24, y], { bold: true, size: 12 }),
    text(note, [RIGHT + 24, y + 16], { tone: 'muted', size: 12 }),
  ];
  return picture({ width: WIDTH, height: HEIGHT, title: TITLE }, [
    text(
      `A rollout over ${FIRST_DEVICES} devices, and a factory that lets out one more every ${HOURS_PER_DEVICE} h`,
      [20, 28],
      {
        size: 15,
        bold: true,
      },
    ),
    ...axes(),
    area(
      [
        [xOf(PAUSED.from), BOTTOM],
        [xOf(PAUSED.from), TOP],
        [xOf(PAUSED.to), TOP],
        [xOf(PAUSED.to), BOTTOM],
      ],
      'warn',
    ),
    text('paused', [xOf((PAUSED.from + PAUSED.to) / 2), TOP + 14], { anchor: 'middle', size: 12, tone: 'warn' }),
    stroke(lineOf(dynamic, 'total'), { tone: 'ink', width: 2 }),
    stroke(lineOf(dynamic, 'succeeded'), { tone: 'good', width: 2 }),
    stroke(lineOf(fixed, 'total'), { tone: 'muted', dashed: true }),
    ...[dynamic, fixed].map(({ endedAt, looks }) => dot([xOf(endedAt ?? 0), yOf(looks.at(-1)?.total ?? 0)], 'ink', 4)),
    ...legend('black: members', 'nobody joins while it is paused', TOP + 20),
    ...legend('green: succeeded', '', TOP + 64),
    ...legend('dashed: not dynamic', `${looked(fixed)} members, over after ${fixed.endedAt} h`, TOP + 96),
    ...legend('dot: it ends', `after --no-dynamic at ${ENDED_AT} h`, TOP + 140),
    text('Thresholds are of the members that there are.', [20, HEIGHT - 12], {
      tone: 'muted',
      size: 12,
    }),
  ]);
}

type Look = { readonly hour: number; readonly total: number; readonly succeeded: number };
type Course = { readonly looks: readonly Look[]; readonly endedAt: number | null };

/** Core decides when it pauses, goes on and ends; who joins is of the phase from that hour on. */
function played(dynamic: boolean): Course {
  let state = after(aRollout([SPEC], [FIRST_DEVICES], { dynamic }), { type: 'start' }, 0);
  const joinedAt = Array.from({ length: FIRST_DEVICES }, (_, at) => Math.floor((at * WORK_HOURS) / FIRST_DEVICES));
  const looks: Look[] = [];
  let waiting = 0;
  for (let hour = 0; hour <= HOURS; hour += 1) {
    if (hour === PAUSED.from) state = after(state, { type: 'pause' }, hour);
    if (hour === PAUSED.to) state = after(state, { type: 'resume' }, hour);
    if (hour === ENDED_AT) state = { ...state, policy: { ...state.policy, dynamic: false } };
    if (hour > 0 && hour % HOURS_PER_DEVICE === 0) waiting += 1;
    if (state.state === 'running' && state.policy.dynamic) for (; waiting > 0; waiting -= 1) joinedAt.push(hour);
    const [total, succeeded] = [joinedAt.length, joinedAt.filter((at) => at + WORK_HOURS <= hour).length];
    state = { ...state, phases: state.phases.map((phase) => ({ ...phase, total })) };
    looks.push({ hour, total, succeeded });
    const counts = new Map([[1, { open: total - succeeded, succeeded, superseded: 0, canceled: 0 }]]);
    state = after(state, { type: 'look', counts, firstWindowAt: null, isSweepDue: false }, hour);
    if (state.state === 'finished') return { looks, endedAt: hour };
  }
  return { looks, endedAt: null };
}

function after(state: RolloutAggregate, input: RolloutInput, hour: number): RolloutAggregate {
  const decision = decideRollout(state, input, hour * HOUR_MS);
  if (decision.outcome === 'refused') throw new Error(`the course cannot be: ${input.type}, ${decision.code}`);
  return decision.outcome === 'changed' ? decision.state : state;
}

function axes(): readonly string[] {
  return [
    ...[0, 10, 20, 30, 40, 50, 60].flatMap((n) => [
      stroke(
        [
          [LEFT, yOf(n)],
          [RIGHT, yOf(n)],
        ],
        { tone: 'line' },
      ),
      text(String(n), [LEFT - 10, yOf(n) + 4], { tone: 'muted', anchor: 'end', size: 12 }),
    ]),
    ...[0, 24, 48, 72, 96, 120].map((hour) =>
      text(hour === 0 ? 'start' : `${hour / 24} d`, [xOf(hour), BOTTOM + 20], {
        tone: 'muted',
        anchor: 'middle',
        size: 12,
      }),
    ),
  ];
}

function lineOf({ looks }: Course, what: 'total' | 'succeeded'): readonly Point[] {
  return looks.map((look) => [xOf(look.hour), yOf(look[what])]);
}

function looked({ looks }: Course): number {
  return looks.at(-1)?.total ?? 0;
}

function xOf(hour: number): number {
  return LEFT + (hour / HOURS) * (RIGHT - LEFT);
}

function yOf(devices: number): number {
  return BOTTOM - (devices / MOST) * (BOTTOM - TOP);
}

function page(): string {
  const [dynamic, fixed] = [played(true), played(false)];
  const alt = `Members of two rollouts over five days: the dynamic one grows from ${FIRST_DEVICES} to ${looked(dynamic)}, not while it is paused, and ends after ${dynamic.endedAt} h, when it takes nobody more; the other has ${looked(fixed)} and ends after ${fixed.endedAt} h.`;
  return `${head(lateComersPage, alt)}
A rollout has the devices that match its filter when it is made. With \`dynamic\` those that come to match later join it, as new devices, or as others whose
attributes, tags, group or type changed:

\`\`\`text
updraft rollout create spring --release os@2.0 --filter 'type==board-a' --dynamic
updraft rollout set spring --no-dynamic        it takes nobody more, and ends with what it has
\`\`\`

- **They join the last phase**, and begin when it has started. Its total grows with them in the same transaction, so that thresholds are always of the members that there are.
- **It does not end by itself** while it is dynamic. A phase that was reached stays so; an error threshold can be crossed by late-comers as well.
- **Each device once.** Who was a member does not join again, however its update ended; who runs the release already, or is out of service, does not join.
- **While it is paused nobody joins**; when it is resumed it is looked for who came meanwhile.

How soon a device is noticed, and filters that keep assigning a release without a rollout: [saved filters](../saved-filters.md).
`;
}
