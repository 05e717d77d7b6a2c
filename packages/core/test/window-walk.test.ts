import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { windowAt } from '../src/windows/window-at.ts';
import type { WindowPlan } from '../src/windows/window-plan.ts';

/**
 * A second judge of windows, that searches minute by minute and knows nothing of cron's text, of transitions or of
 * searching: it walks a zone's clock and writes down what it shows.
 */
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
const WALK_DAYS = 4;
const LEAD_DAYS = 2;

/** Days around changes of the clock, and quiet ones: a zone, and the UTC day on which the judged walk begins. */
const WALKS: readonly (readonly [zone: string, day: string])[] = [
  ['Europe/Rome', '2027-03-26'],
  ['Europe/Rome', '2026-10-23'],
  ['America/New_York', '2027-03-12'],
  ['America/New_York', '2026-10-30'],
  ['Australia/Lord_Howe', '2026-10-02'],
  ['Australia/Lord_Howe', '2027-04-02'],
  ['Pacific/Apia', '2011-12-28'],
  ['Pacific/Apia', '2011-03-31'],
  ['Asia/Kathmandu', '2026-12-30'],
  ['America/St_Johns', '2026-10-30'],
  ['+05:45', '2026-12-30'],
  ['UTC', '2028-02-27'],
];

type Schedule = {
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
  /** ISO weekdays; null: every day. */
  readonly weekdays: readonly number[] | null;
  readonly durationMinutes: number;
};
type Span = { readonly from: string; readonly to: string };

/**
 * One minute of a walk: when it is, the local minute that the clock shows, and the local minutes `from` to `to` that come
 * with it for the first time. Local minutes are counted from 1970-01-01T00:00.
 */
type WalkedMinute = { readonly at: number; readonly shown: number; readonly from: number; readonly to: number };

for (const [zone, day] of WALKS) {
  const walk = walkFrom(zone, day);
  test(`in ${zone} about ${day} windows open and close when a walk along the clock says so, and at no other time`, () => {
    fc.assert(
      fc.property(fc.array(schedules(), { minLength: 1, maxLength: 3 }), blackouts(day), (windows, spans) => {
        const plan: WindowPlan = { windows: windows.map(ruleOf), blackouts: spans };
        assert.deepEqual(flipsOf(plan, zone, walk), judgedFlips(windows, spans, walk));
      }),
      { numRuns: 20 },
    );
  });

  test(`in ${zone} about ${day} every moment is as the walk says, and names the walk's next change`, () => {
    fc.assert(
      fc.property(schedules(), blackouts(day), fc.array(fc.double({ min: 0, max: 0.999, noNaN: true })), (...drawn) => {
        const [schedule, spans, shares] = drawn;
        const plan: WindowPlan = { windows: [ruleOf(schedule)], blackouts: spans };
        const judged = judgedOpen([schedule], spans, walk);
        for (const share of shares) {
          const index = LEAD_DAYS * DAY_MINUTES + Math.floor(share * WALK_DAYS * DAY_MINUTES);
          const now = (walk[index]?.at ?? 0) + Math.floor(share * MINUTE_MS);
          const moment = windowAt(plan, zone, now);
          assert.equal(moment.isOpen, judged[index]);
          const change = judged.findIndex((open, later) => later > index && open !== judged[index]);
          if (change >= 0) assert.equal(moment.changesAt, walk[change]?.at);
          if (!moment.isOpen) assert.equal(moment.opensAt, moment.changesAt);
        }
      }),
      { numRuns: 15 },
    );
  });
}

function schedules(): fc.Arbitrary<Schedule> {
  const some = (max: number, most: number) => fc.uniqueArray(fc.nat(max), { minLength: 1, maxLength: most });
  return fc.record({
    hours: fc.oneof(some(3, 2), some(23, 4)),
    minutes: some(59, 3),
    weekdays: fc.option(fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 })),
    durationMinutes: fc.oneof(
      fc.integer({ min: 1, max: 90 }),
      fc.integer({ min: 1, max: LEAD_DAYS * DAY_MINUTES - 1 }),
    ),
  });
}

/** Dates, which are unmistakable also while the clock repeats or leaps. */
function blackouts(day: string): fc.Arbitrary<readonly Span[]> {
  const date = (after: number) => Temporal.PlainDate.from(day).add({ days: after }).toString();
  const span = fc
    .tuple(fc.integer({ min: -2, max: WALK_DAYS }), fc.nat(1))
    .map(([from, more]) => ({ from: date(from), to: date(from + more) }));
  return fc.array(span, { maxLength: 2 });
}

function ruleOf({ hours, minutes, weekdays, durationMinutes }: Schedule) {
  const days = weekdays === null ? '* * ?' : `? * ${weekdays.map((weekday) => (weekday % 7) + 1).join(',')}`;
  return { cron: `0 ${minutes.join(',')} ${hours.join(',')} ${days}`, durationSeconds: durationMinutes * 60 };
}

/** Every minute from some days before `day` on; a local minute comes once, and what the clock leaps over with the leap. */
function walkFrom(zone: string, day: string): readonly WalkedMinute[] {
  const begin = Temporal.Instant.from(`${day}T00:00Z`).epochMilliseconds - LEAD_DAYS * DAY_MINUTES * MINUTE_MS;
  let come: number | null = null;
  return Array.from({ length: (LEAD_DAYS + WALK_DAYS) * DAY_MINUTES }, (_, index) => {
    const at = begin + index * MINUTE_MS;
    const { offsetNanoseconds } = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
    const shown = at / MINUTE_MS + offsetNanoseconds / 60e9;
    const from: number = come === null ? shown : come + 1;
    come = Math.max(shown, from - 1);
    return { at, shown, from, to: shown };
  });
}

function judgedOpen(
  windows: readonly Schedule[],
  spans: readonly Span[],
  walk: readonly WalkedMinute[],
): readonly boolean[] {
  const lasts = windows.map(() => -Infinity);
  const dark = spans.map(({ from, to }) => [dayOf(from), dayOf(to)] as const);
  return walk.map(({ shown, from, to }, index) => {
    windows.forEach((schedule, which) => {
      for (let minute = from; minute <= to; minute += 1) if (opensWith(schedule, minute)) lasts[which] = index;
    });
    const isOpen = windows.some(({ durationMinutes }, which) => index - (lasts[which] ?? 0) < durationMinutes);
    const day = Math.floor(shown / DAY_MINUTES);
    return isOpen && !dark.some(([first, last]) => first <= day && day <= last);
  });
}

function opensWith({ hours, minutes, weekdays }: Schedule, local: number): boolean {
  const hour = Math.floor((local % DAY_MINUTES) / 60);
  return minutes.includes(local % 60) && hours.includes(hour) && (weekdays?.includes(weekdayOf(local)) ?? true);
}

/** ISO's weekday; 1970-01-01 was a Thursday. */
function weekdayOf(local: number): number {
  return ((Math.floor(local / DAY_MINUTES) + 3) % 7) + 1;
}

function dayOf(date: string): number {
  return Temporal.Instant.from(`${date}T00:00Z`).epochMilliseconds / (DAY_MINUTES * MINUTE_MS);
}

/** When the judged walk changes its mind, the lead left out. */
function judgedFlips(windows: readonly Schedule[], spans: readonly Span[], walk: readonly WalkedMinute[]) {
  const open = judgedOpen(windows, spans, walk);
  return walk.flatMap(({ at }, index) =>
    index > LEAD_DAYS * DAY_MINUTES && open[index] !== open[index - 1] ? [{ at, isOpen: open[index] }] : [],
  );
}

/** When `windowAt` says that it changes, from one change to the next. */
function flipsOf(plan: WindowPlan, zone: string, walk: readonly WalkedMinute[]) {
  const [begin, end] = [walk[LEAD_DAYS * DAY_MINUTES]?.at ?? 0, walk.at(-1)?.at ?? 0];
  const flips: { at: number; isOpen: boolean | undefined }[] = [];
  let moment = windowAt(plan, zone, begin);
  while (moment.changesAt !== null && moment.changesAt <= end) {
    const at = moment.changesAt;
    const { isOpen } = moment;
    moment = windowAt(plan, zone, at);
    assert.ok(moment.changesAt === null || moment.changesAt > at, 'a change lies ahead');
    if (moment.isOpen !== isOpen) flips.push({ at, isOpen: moment.isOpen });
  }
  return flips;
}
