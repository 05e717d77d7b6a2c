import {
  decideRollout,
  DEFAULT_POLICY,
  firstWindowOpening,
  nextLook,
  ONE_PHASE,
  type RolloutAggregate,
  type RolloutInput,
  type StartRule,
} from '@updraft/core';
import type { Tone } from '../drawing.ts';
import { head, type PolicyPage } from './policy-page.ts';
import { aRollout } from './rollout-in-a-picture.ts';
import { barPicture, type Bar, type BarFrame, type BarRow } from './state-bars.ts';

const NAME = 'approval-and-start';
const TITLE = 'Approval and start: who lets it begin, and when';
const MIDNIGHT = Date.UTC(2026, 9, 5);
const HOUR_MS = 3_600_000;
const FIRST_HOUR = 8;
const LAST_HOUR = 26;
const WINDOWS = { ...DEFAULT_POLICY.windows, windows: [{ cron: '0 0 22 ? * *', durationSeconds: 6 * 3600 }] };
const FRAME: BarFrame = {
  left: 250,
  right: 820,
  top: 64,
  row: 36,
  hours: LAST_HOUR - FIRST_HOUR,
  ticks: [8, 11, 14, 17, 20, 23, 26].map((hour) => [hour - FIRST_HOUR, clockOf(hour)]),
};
const TONES: Readonly<Record<string, Tone>> = { 'awaiting-approval': 'warn', ready: 'muted', running: 'good' };

type Happening = readonly [hour: number, input: RolloutInput];
const MADE: Happening = [8, { type: 'materialised' }];
const APPROVED: Happening = [11, { type: 'approve', isAuthor: false, isPerson: true, hasRight: false }];

const COURSES: readonly {
  readonly name: string;
  readonly start: StartRule;
  readonly approval: 'none' | 'required';
  readonly happens: readonly Happening[];
}[] = [
  { name: 'by hand', start: { by: 'hand' }, approval: 'none', happens: [MADE, [14, { type: 'start' }]] },
  { name: 'when ready', start: { by: 'ready' }, approval: 'required', happens: [MADE, APPROVED] },
  {
    name: 'at 18:00',
    start: { by: 'time', at: MIDNIGHT + 18 * HOUR_MS },
    approval: 'required',
    happens: [MADE, APPROVED],
  },
  {
    name: 'at 09:00, approved too late',
    start: { by: 'time', at: MIDNIGHT + 9 * HOUR_MS },
    approval: 'required',
    happens: [MADE, APPROVED],
  },
  { name: 'with the first window', start: { by: 'first-window' }, approval: 'none', happens: [MADE] },
  {
    name: 'at 20:00, changed meanwhile',
    start: { by: 'time', at: MIDNIGHT + 20 * HOUR_MS },
    approval: 'required',
    happens: [MADE, APPROVED, [13, { type: 'changed' }], [16, APPROVED[1]]],
  },
];

export const approvalPage: PolicyPage = { name: NAME, title: TITLE, page, picture: drawn };

/** One day of rollouts that differ in how they start, each decided by core. */
function drawn(): string {
  const notes = ['Orange: waits for another person. Grey: ready. Green: runs.'];
  return barPicture(
    { title: TITLE, shows: 'Rollouts made at 08:00, by how they start', notes },
    COURSES.map(rowOf),
    FRAME,
  );
}

function rowOf({ name, start, approval, happens }: (typeof COURSES)[number]): BarRow {
  let state: RolloutAggregate = { ...aRollout([ONE_PHASE], [10], { start, approval }), state: 'creating' };
  const bars: Bar[] = [];
  for (let hour = FIRST_HOUR; hour < LAST_HOUR; hour += 0.5) {
    const at = MIDNIGHT + hour * HOUR_MS;
    for (const [, input] of happens.filter(([when]) => when === hour)) state = after(state, input, at);
    state = looked(state, at);
    const tone = TONES[state.state];
    if (tone === undefined) continue;
    const last = bars.at(-1);
    if (last?.tone === tone) bars[bars.length - 1] = { ...last, to: hour + 0.5 - FIRST_HOUR };
    else
      bars.push({
        from: hour - FIRST_HOUR,
        to: hour + 0.5 - FIRST_HOUR,
        tone,
        label: WORDS[state.state] ?? state.state,
      });
  }
  return { name, bars };
}

const WORDS: Readonly<Record<string, string>> = { 'awaiting-approval': 'approval?' };

/** What the clock alone brings about. */
function looked(state: RolloutAggregate, at: number): RolloutAggregate {
  const firstWindowAt = state.policy.start.by === 'first-window' ? firstWindowOpening(WINDOWS, ['UTC'], at) : null;
  const due = nextLook(state, firstWindowAt);
  if (due === null || due > at) return state;
  const counts = new Map(
    state.phases.map(({ number, total }) => [number, { open: total, succeeded: 0, superseded: 0, canceled: 0 }]),
  );
  return after(state, { type: 'look', counts, firstWindowAt, isSweepDue: false }, at);
}

function after(state: RolloutAggregate, input: RolloutInput, at: number): RolloutAggregate {
  const decision = decideRollout(state, input, at);
  if (decision.outcome === 'refused') throw new Error(`the course cannot be: ${input.type}, ${decision.code}`);
  return decision.outcome === 'changed' ? decision.state : state;
}

function clockOf(hour: number): string {
  return `${String(hour % 24).padStart(2, '0')}:00`;
}

function page(): string {
  const told = COURSES.map(
    (course) =>
      `${course.name}: ${rowOf(course)
        .bars.map(({ label, from }) => `${label} from ${clockOf(from + FIRST_HOUR)}`)
        .join(', ')}`,
  );
  return `${head(approvalPage, `A day of rollouts made at 08:00. ${told.join('; ')}.`)}
## Approval

With \`approval: required\` a rollout that is made waits (\`awaiting-approval\`) until another person has looked at it: \`updraft rollout approve spring\`. Neither its author nor anybody who
changed it can (\`self-approval\`), by a token of his or himself, nor a token of a machine (\`approval-needs-person\`). \`updraft rollout deny\` stops it before it began; its devices are free for others. A change before the start asks for a
new approval: what was looked at is what runs. Whether approval is needed is said when the rollout is made, and cannot be changed. What runs already is not held by a change; the revision tells who
made it.

## Start

| \`start\` | begins |
|---|---|
| \`by: hand\` | when somebody starts it |
| \`by: ready\` | as soon as it is made, and approved where that is asked for |
| \`by: time\` | at that moment, or at its approval where that comes later |
| \`by: first-window\` | when the first [window](windows.md) of any of its devices opens, each in its own time zone |

A start in the past is refused, as is a first window where there is none. While a rollout is made nothing of it is offered; its first phase starts with it.
`;
}
