import type { Instant } from '../attempt.ts';
import type { RolloutAggregate } from '../rollout-aggregate.ts';
import type { Course } from './course.ts';
import { endModel } from './end-model.ts';
import { eventQueue } from './event-queue.ts';
import type { Cohort } from './forecast-input.ts';
import type { Group } from './group.ts';
import { downloaded, end, giveUp, poll, rest, serve, startGroups } from './group-run.ts';
import { MISS_REASONS } from './miss-reason.ts';
import { randomFrom } from './random.ts';
import { decideInRun, look, rolloutOf } from './rollout-run.ts';
import type { Happening, Plan, Run } from './run.ts';
import { stageModel } from './stage-model.ts';
import { newTraffic } from './traffic.ts';
import { waitingRoom } from './waiting-room.ts';

/**
 * Plays the rollout once, event by event, at most `maxEvents` of them; `number` chooses the chances. What takes more events
 * or years is taken to go on at the pace that it had.
 */
export function playOnce(plan: Plan, number: number, maxEvents: number): Course {
  const run = newRun(plan, number);
  setOff(run);
  let events = 0;
  for (let next = run.queue.next(); next !== null; next = run.queue.next()) {
    if (events === maxEvents || next.at >= plan.span.to) {
      goOnAtItsPace(run, Math.min(next.at, plan.span.to));
      break;
    }
    happen(run, next.at, next.event);
    events += 1;
  }
  return run.course;
}

function newRun(plan: Plan, number: number): Run {
  const { input } = plan;
  const random = randomFrom(`${input.seed}/${number}`);
  const groups = input.phases.map((_, phase) =>
    input.cohorts.filter((cohort) => cohort.phase === phase).flatMap((cohort) => groupsOf(cohort, plan, random)),
  );
  const open = groups.map(sizeOf);
  const counts = input.phases.map(({ succeeded, withdrawn }, at) => {
    return [at + 1, { open: open[at] ?? 0, succeeded, superseded: withdrawn, canceled: 0 }] as const;
  });
  const rollout = rolloutOf(input, open);
  return {
    plan,
    models: { random, stage: stageModel(plan.stages, random), end: endModel(plan.ends, random) },
    queue: eventQueue(),
    room: waitingRoom(input.policy.pace),
    groups,
    course: newCourse(rollout, { open, from: plan.span.from }),
    rollout,
    openBefore: open,
    counts: new Map(counts),
    lookAt: null,
    isServing: false,
  };
}

function groupsOf(cohort: Cohort, { groupSize, span }: Plan, random: () => number): Group[] {
  const groups: Group[] = [];
  const size = groupSize(cohort);
  for (let left = cohort.devices; left > 0; left -= size)
    groups.push({
      cohort,
      size: Math.min(left, size),
      salt: Math.floor(random() * 2 ** 31),
      ordinal: cohort.progress.ordinal,
      erred: cohort.progress.erred,
      hasDownloaded: false,
      heardAt: cohort.contact.lastContactAt ?? 0,
      chanceTo: span.to,
      places: 0,
    });
  return groups;
}

/** A phase of which nothing is open has ended by now. */
function newCourse(
  { phases }: RolloutAggregate,
  { open, from }: { readonly open: readonly number[]; readonly from: Instant },
): Course {
  return {
    phases: phases.map(({ total, startedAt, reachedAt }, at) => {
      return { total, startedAt, reachedAt, endedAt: open[at] === 0 ? from : null };
    }),
    endedAt: null,
    lastSuccessAt: null,
    held: null,
    succeeded: 0,
    erred: phases.reduce((sum, { erred }) => sum + erred, 0),
    missed: { 'never-in-contact': 0, 'offline-in-windows': 0, 'window-too-short': 0, silent: 0, failed: 0 },
    traffic: newTraffic(),
    work: { ms: 0, n: 0 },
    outlasted: 0,
    isReckoned: false,
  };
}

/** From where it stands, or from its start. */
function setOff(run: Run): void {
  const { input, span } = run.plan;
  const { from } = span;
  if (run.rollout.state === 'ready') decideInRun(run, { type: 'start' }, from);
  if (run.rollout.state === 'paused') decideInRun(run, { type: 'resume' }, from);
  for (const [phase, { state, startedAt }] of input.phases.entries())
    if (state === 'started') startGroups(run, phase, Math.min(from, startedAt ?? from));
  look(run, from);
}

function happen(run: Run, at: Instant, event: Happening): void {
  switch (event.type) {
    case 'phase-starts':
      return startGroups(run, event.phase, at);
    case 'looks':
      return look(run, at);
    case 'place-may-be-free':
      return serve(run, at);
    case 'polls':
      return poll(run, event.group, at);
    case 'downloaded':
      return downloaded(run, event.group, at);
    case 'rests':
      return rest(run, event.group, at);
    case 'ends':
      return end(run, event, at);
    case 'silent':
      return giveUp(run, event.group, at);
  }
}

/** What is left ends as fast as what has ended; nothing does where nothing has, or where something never will. */
function goOnAtItsPace({ plan, course, openBefore, counts }: Run, at: Instant): void {
  const { from } = plan.span;
  const all = sum(openBefore);
  const ended = all - sum([...counts.values()].map(({ open }) => open));
  const stays = course.missed['offline-in-windows'] + course.missed['window-too-short'];
  if (ended === 0 || stays > 0 || course.held !== null) return;
  const endOf = (devices: number) => from + ((at - from) * devices) / ended;
  for (const [phase, one] of course.phases.entries()) one.endedAt ??= endOf(sum(openBefore.slice(0, phase + 1)));
  course.endedAt = endOf(all);
  course.lastSuccessAt = course.endedAt;
  course.isReckoned = true;
  scale(course, all / ended);
}

function scale(course: Course, times: number): void {
  const { missed, traffic } = course;
  course.succeeded = Math.round(course.succeeded * times);
  for (const reason of MISS_REASONS) missed[reason] = Math.round(missed[reason] * times);
  traffic.total *= times;
}

function sizeOf(groups: readonly Group[]): number {
  return sum(groups.map(({ size }) => size));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
