import {
  atContact,
  DEFAULT_POLICY,
  windowAt,
  type ContactStep,
  type OpenAssignment,
  type RolloutPolicy,
} from '@updraft/core';
import { anAggregate, gateFacts } from './one-device.ts';
import { head, type PolicyPage } from './policy-page.ts';
import { barPicture, clockAfter, type Bar, type BarFrame, type BarRow } from './state-bars.ts';

const NAME = 'weight';
const TITLE = 'Weight: which of several updates a device takes';
const START = Date.UTC(2026, 9, 5, 8);
const HOUR_MS = 3_600_000;
const STEP_HOURS = 0.5;
const HOURS = 20;
/** From the offer to its end. */
const WORK_HOURS = 1.5;
const WEIGHTS = '0 to 1000';
const POLICY: RolloutPolicy = {
  ...DEFAULT_POLICY,
  windows: { ...DEFAULT_POLICY.windows, windows: [{ cron: '0 0 22 ? * *', durationSeconds: 6 * 3600 }] },
};

type Wish = {
  readonly name: string;
  readonly weight: number;
  /** Hours from the start; `paused` up to `resumed`, null: not resumed. */
  readonly made: number;
  readonly paused?: { readonly resumed: number | null };
};
const WISHES: readonly Wish[] = [
  { name: 'spring', weight: 500, made: 0 },
  { name: 'heavy', weight: 900, made: 1, paused: { resumed: null } },
  { name: 'summer', weight: 500, made: 3, paused: { resumed: 6 } },
  { name: 'light', weight: 100, made: 8 },
];
const FRAME: BarFrame = {
  left: 190,
  right: 700,
  top: 64,
  row: 36,
  hours: HOURS,
  ticks: [0, 4, 8, 12, 16, 20].map((hour) => [hour, clockAfter(START, hour)]),
};

export const weightPage: PolicyPage = { name: NAME, title: TITLE, page, picture: drawn };

/** One device that waits for its window, and what four rollouts want of it meanwhile. */
function drawn(): string {
  const shows = 'Four rollouts that want one device, whose window opens at 22:00';
  const notes = [
    'Blue: its turn; it waits for the window, and keeps the others behind it. Green: at work. Grey: it waits for others.',
    'Pale: its rollout is paused, and keeps nobody waiting.',
  ];
  return barPicture({ title: TITLE, shows, notes }, played().map(barRow), FRAME);
}

type Standing = 'paused' | 'waits' | 'its turn' | 'at work';
const LOOKS: Readonly<Record<Standing, Pick<Bar, 'tone' | 'opacity'>>> = {
  paused: { tone: 'warn', opacity: 0.25 },
  waits: { tone: 'muted', opacity: 0.35 },
  'its turn': { tone: 'open' },
  'at work': { tone: 'good' },
};

type Course = Wish & {
  readonly spans: { readonly standing: Standing; readonly from: number; to: number }[];
  begun: number | null;
  end: string | null;
};

function barRow({ name, weight, spans, end }: Course): BarRow {
  const bars = spans.map(({ standing, from, to }): Bar => ({ from, to, ...LOOKS[standing] }));
  return { name: `${name}, weight ${weight}`, bars, end: end ?? '' };
}

/** The device contacts the server every half hour; core says whose turn it is, and what gives way. */
function played(): readonly Course[] {
  const courses = WISHES.map((wish): Course => ({ ...wish, spans: [], begun: null, end: null }));
  for (let hour = 0; hour < HOURS; hour += STEP_HOURS) {
    for (const course of courses)
      if (course.begun !== null && course.begun + WORK_HOURS <= hour) course.end ??= 'succeeded';
    contact(courses, hour);
    const current = planAt(courses, hour).current?.id;
    for (const [at, course] of courses.entries())
      if (isOpen(course, hour)) note(course, standingOf(course, { hour, isCurrent: at + 1 === current }), hour);
  }
  return courses;
}

function contact(courses: readonly Course[], hour: number): void {
  let hasMoved = true;
  while (hasMoved)
    hasMoved = planAt(courses, hour)
      .steps.map((step) => move(courses, step, hour))
      .includes(true);
}

/** Tells whether the step changed anything. */
function move(courses: readonly Course[], { assignment, input }: ContactStep, hour: number): boolean {
  const course = courses[assignment - 1];
  if (course === undefined) return false;
  if (input.type === 'cancel' && course.end === null) course.end = input.intent;
  else if (input.type === 'offer-made' && course.begun === null) course.begun = hour;
  else return false;
  return true;
}

function planAt(courses: readonly Course[], hour: number) {
  const now = START + hour * HOUR_MS;
  const open = courses.flatMap((course, at) => (isOpen(course, hour) ? [assignmentOf(course, at + 1, hour)] : []));
  const { device } = factsAt(now);
  return atContact(device, open, now);
}

function factsAt(now: number) {
  const window = windowAt(POLICY.windows, POLICY.windows.zone, now);
  return gateFacts({ state: anAggregate({}), policy: POLICY, window, now });
}

function assignmentOf(course: Course, id: number, hour: number): OpenAssignment {
  const now = START + hour * HOUR_MS;
  const { assignment } = factsAt(now);
  if (assignment === null) throw new Error('facts without an assignment');
  const begunAt = course.begun === null ? null : START + course.begun * HOUR_MS;
  const state = isPaused(course, hour) ? 'paused' : 'running';
  return {
    ...assignment,
    release: { ...assignment.release, id, name: course.name, counter: id },
    rollout: { ...assignment.rollout, name: course.name, state },
    id,
    weight: course.weight,
    attempts: begunAt === null ? 0 : 1,
    requiredStep: false,
    attempt:
      begunAt === null
        ? null
        : {
            state: 'installing',
            number: id,
            offeredAt: begunAt,
            installOfferedAt: begunAt,
            begunAt,
            cancelRefusedAt: null,
          },
  };
}

function isOpen({ made, end }: Course, hour: number): boolean {
  return made <= hour && end === null;
}

function isPaused({ paused }: Wish, hour: number): boolean {
  return paused !== undefined && (paused.resumed === null || hour < paused.resumed);
}

function standingOf(
  course: Course,
  { hour, isCurrent }: { readonly hour: number; readonly isCurrent: boolean },
): Standing {
  if (isPaused(course, hour)) return 'paused';
  if (course.begun !== null) return 'at work';
  return isCurrent ? 'its turn' : 'waits';
}

function note({ spans }: Course, standing: Standing, hour: number): void {
  const last = spans.at(-1);
  if (last?.standing === standing) last.to = hour + STEP_HOURS;
  else spans.push({ standing, from: hour, to: hour + STEP_HOURS });
}

function page(): string {
  const told = played().map(({ name, weight, spans, end }) => {
    const stood = spans.map(({ standing, from }) => `${standing} from ${clockAfter(START, from)}`).join(', ');
    return `${name}, weight ${weight}: ${stood}${end === null ? '' : `, then ${end}`}`;
  });
  return `${head(weightPage, `A device that four rollouts want. ${told.join('; ')}.`)}
A device takes one update at a time. Each rollout, direct assignment and saved filter has a weight, ${WEIGHTS}, and 1000 where nothing is said; it is the
rollout's, not the policy's, and may be changed while it runs: \`updraft rollout set spring --weight 300\`.

## Whose turn it is

What a device is asked to give up goes first, then what it has begun, then what it may begin: whose rollout runs and whose phase has started. Among these the
heavier goes first, and of equals the older. A window, the pace, consent and a back-off do not take a turn away: who waits for the window keeps its turn, and
the others wait behind it (\`updraft why DEVICE\` names the one whose turn it is). A paused rollout has no turn, and starves nobody.

## What gives way

A newer update with at least the weight of an older one takes its place as soon as its own turn could come: the older one ends as \`superseded\`, at once where
the device has not begun, else after the device was asked to stop. A device may refuse, and goes on to its true end; the newer one waits. A newer one that is
lighter waits until the older is over. What is superseded counts neither as success nor as failure.

Required steps are not superseded: they come before what needs them. The same release, assigned again, is the same wish.

## An emergency

\`emergency\` says that it cannot wait: it ignores windows and blackouts, and nothing newer supersedes it. Phases, pace, approval and consent hold as
always, and so does the weight: give it the highest. It needs a right of its own (\`updraft user set-rights kim emergency\`), and its record names who released it.
`;
}
