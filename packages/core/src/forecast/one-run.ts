import type { Instant } from '../attempt.ts';
import { failureOf, retryWaitSeconds } from '../back-off.ts';
import { isNeverOnline, nextOnline } from './contact-pattern.ts';
import type { Course } from './course.ts';
import { endModel, type EndShares, type Failing } from './end-model.ts';
import { eventQueue, type EventQueue } from './event-queue.ts';
import type { Cohort, ForecastInput } from './forecast-input.ts';
import { placesFor, type Group, type GroupSize } from './group.ts';
import { nextChance } from './next-chance.ts';
import { hasCrossed, hasReached, newPhaseCourse, type PhaseCourse } from './phase-course.ts';
import { binomial, randomFrom } from './random.ts';
import type { OpenSpans, Span } from './span.ts';
import { stageModel, type StageHistograms } from './stage-model.ts';
import { SILENT, type Stage } from './stage-times.ts';
import { addTraffic, newTraffic } from './traffic.ts';
import { waitingRoom, type WaitingRoom } from './waiting-room.ts';
import { drawWork, type Models, type Work } from './work.ts';

/** What all runs of a forecast share. */
export type Plan = {
  readonly input: ForecastInput;
  readonly span: Span;
  readonly windows: OpenSpans;
  readonly stages: StageHistograms;
  readonly ends: EndShares;
  readonly groupSize: GroupSize;
  /** About how long one device takes. */
  readonly workMs: number;
};

type Happening =
  | { readonly type: 'phase-starts'; readonly phase: number }
  | { readonly type: 'polls'; readonly group: Group }
  | { readonly type: 'place-may-be-free' }
  | { readonly type: 'downloaded' | 'rests'; readonly group: Group }
  | { readonly type: 'ends'; readonly group: Group; readonly work: Work }
  | { readonly type: 'silent'; readonly group: Group };

type Run = {
  readonly plan: Plan;
  readonly models: Models;
  readonly queue: EventQueue<Happening>;
  readonly room: WaitingRoom;
  readonly groups: readonly Group[][];
  readonly course: Course;
  isServing: boolean;
};

/** How often the sweep looks for silent devices, at most. */
const SWEEP_MS = 3_600_000;

/** Plays the rollout once, event by event; `number` chooses the chances. */
export function playOnce(plan: Plan, number: number): Course {
  const run = newRun(plan, number);
  startPhases(run);
  for (let next = run.queue.next(); next !== null; next = run.queue.next()) {
    if (next.at >= plan.span.to) break;
    happen(run, next.at, next.event);
  }
  const { course } = run;
  if (course.held === null && course.phases.every(({ open }) => open === 0))
    course.endedAt = Math.max(plan.span.from, ...course.phases.map(({ endedAt }) => endedAt ?? 0));
  return course;
}

function newRun(plan: Plan, number: number): Run {
  const { input } = plan;
  const random = randomFrom(`${input.seed}/${number}`);
  const groups = input.phases.map((_, phase) =>
    input.cohorts.filter((cohort) => cohort.phase === phase).flatMap((cohort) => groupsOf(cohort, plan, random)),
  );
  const open = groups.map((members) => members.reduce((sum, { size }) => sum + size, 0));
  return {
    plan,
    models: { random, stage: stageModel(plan.stages, random), end: endModel(plan.ends, random) },
    queue: eventQueue(),
    room: waitingRoom(input.policy.pace),
    groups,
    course: {
      phases: input.phases.map((phase, at) => newPhaseCourse(phase, open[at] ?? 0)),
      endedAt: null,
      lastSuccessAt: null,
      held: null,
      succeeded: input.phases.reduce((sum, { succeeded }) => sum + succeeded, 0),
      missed: { 'never-in-contact': 0, 'offline-in-windows': 0, 'window-too-short': 0, silent: 0, failed: 0 },
      traffic: newTraffic(),
      work: { ms: 0, n: 0 },
      outlasted: 0,
    },
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

/** Phases that run, and the one that comes after what has been reached. */
function startPhases(run: Run): void {
  const { phases } = run.course;
  const { from } = run.plan.span;
  for (const [number, { phase }] of phases.entries())
    if (phase.state === 'started') startPhase(run, number, Math.min(from, phase.startedAt ?? from));
  const last = phases.findLastIndex(({ phase }) => phase.state !== 'waiting');
  const { reachedAt = null, spec } = phases[last]?.phase ?? {};
  if (last < 0 || phases[last]?.phase.state === 'skipped') startNext(run, last, from);
  else if (reachedAt !== null) startNext(run, last, Math.max(from, reachedAt + (spec?.soakSeconds ?? 0) * 1000));
}

function startNext(run: Run, after: number, at: Instant): void {
  const number = run.course.phases.findIndex(({ phase }, place) => place > after && phase.state === 'waiting');
  if (number >= 0) run.queue.add(at, { type: 'phase-starts', phase: number });
}

function startPhase(run: Run, number: number, startedAt: Instant): void {
  const phase = run.course.phases[number] as PhaseCourse;
  const { from } = run.plan.span;
  phase.startedAt = startedAt;
  for (const group of run.groups[number] ?? []) {
    const { at } = group.cohort.progress;
    group.heardAt = Math.max(group.heardAt, startedAt);
    if (at.state === 'working') goOn(run, group, at);
    else wait(run, group, Math.max(from, startedAt, at.notBefore ?? 0));
  }
  judge(run, number, Math.max(from, startedAt));
}

function happen(run: Run, at: Instant, event: Happening): void {
  switch (event.type) {
    case 'phase-starts':
      if (run.course.held === null) startPhase(run, event.phase, at);
      return;
    case 'polls':
      return poll(run, event.group, at);
    case 'place-may-be-free':
      run.isServing = false;
      return serve(run, at);
    case 'downloaded':
      rest(run, event.group, at);
      event.group.hasDownloaded = true;
      return wait(run, event.group, at);
    case 'rests':
      return rest(run, event.group, at);
    case 'ends':
      return end(run, event, at);
    case 'silent':
      if (run.course.held !== null) return;
      return close(run, event.group, { at, missed: missOf(event.group) });
  }
}

function missOf({ cohort }: Group): 'never-in-contact' | 'silent' {
  return isNeverOnline(cohort.contact) ? 'never-in-contact' : 'silent';
}

/** Looks for the group's next poll with open gates; it is given up where it is silent for too long before. */
function wait(run: Run, group: Group, from: Instant): void {
  const { plan, models } = run;
  const online = nextOnline(group.cohort.contact, group.salt, { from, to: plan.span.to });
  const silentAt = group.heardAt + plan.input.policy.timeLimits.silenceSeconds * 1000;
  if (isNeverOnline(group.cohort.contact) || online === null || online.from > silentAt)
    return run.queue.add(Math.max(from, silentAt) + models.random() * SWEEP_MS, { type: 'silent', group });
  const isAhead = plan.input.policy.windows.downloadAhead && !group.hasDownloaded;
  const open = isAhead ? always(plan.span) : plan.windows;
  const chance = nextChance({ group, open, random: models.random }, { from, to: plan.span.to });
  if (typeof chance === 'string') {
    run.course.missed[chance] += group.size;
    return;
  }
  group.heardAt = chance.at;
  group.chanceTo = chance.to;
  run.queue.add(chance.at, { type: 'polls', group });
}

function always(span: Span): OpenSpans {
  return (_, at) => (at < span.to ? span : null);
}

function poll(run: Run, group: Group, at: Instant): void {
  if (run.course.held !== null) return;
  if (at >= group.chanceTo) return wait(run, group, at);
  group.places = placesFor(group, run.plan.input.policy.pace);
  if (run.room.take(group, at)) return begin(run, group, at);
  run.room.add(group);
  callForPlace(run, at);
}

/** Sees to it that somebody is asked to take the next place: the sooner, the more of those that wait poll. */
function callForPlace(run: Run, at: Instant): void {
  if (run.isServing || run.room.waiting === 0) return;
  const placeAt = run.room.nextPlace(at);
  if (placeAt === null) return;
  const group = run.room.draw(run.models.random());
  if (group === null) return;
  run.room.add(group);
  const pollMs = group.cohort.pollSeconds * 1000;
  const until = (-Math.log(1 - run.models.random()) * pollMs) / run.room.waiting;
  run.isServing = true;
  run.queue.add(Math.max(at, placeAt) + Math.min(until, pollMs), { type: 'place-may-be-free' });
}

function serve(run: Run, at: Instant): void {
  if (run.course.held !== null) return;
  for (;;) {
    const group = run.room.draw(run.models.random());
    if (group === null) return;
    if (at >= group.chanceTo) {
      wait(run, group, at);
      continue;
    }
    if (run.room.take(group, at)) begin(run, group, at);
    else run.room.add(group);
    return callForPlace(run, at);
  }
}

/** The group works: as many of it as are done, one after the other, before its window closes. */
function begin(run: Run, group: Group, at: Instant): void {
  const { plan, room } = run;
  const turns = Math.max(1, Math.floor((group.chanceTo - at) / plan.workMs));
  const fitting = Math.ceil(turns * group.places);
  if (fitting < group.size) {
    room.add({ ...group, size: group.size - fitting });
    group.size = fitting;
  }
  perform(run, group, { stage: group.hasDownloaded ? 'prepare' : 'begin', since: at, at });
}

/** Those of the group that will fail part from the others. */
function perform(run: Run, group: Group, begun: Omit<Begun, 'failing'>): void {
  const { random, end: ends } = run.models;
  const { cohort, ordinal, size } = group;
  const failing = binomial(random, size, ends.failingShare(cohort.deviceType, ordinal));
  for (const part of partsOf(group, failing))
    work(run, part.group, { ...begun, failing: part.fails ? ends.failing(cohort.deviceType, ordinal) : null });
}

function partsOf(group: Group, failing: number): { readonly group: Group; readonly fails: boolean }[] {
  if (failing === 0 || group.size === 1) return [{ group, fails: failing > 0 }];
  const places = group.places / group.size;
  const part = (size: number): Group => ({ ...group, size, places: places * size });
  const parts = Array.from({ length: failing }, () => ({ group: part(1), fails: true }));
  return failing === group.size ? parts : [{ group: part(group.size - failing), fails: false }, ...parts];
}

function goOn(run: Run, group: Group, { stage, since }: { readonly stage: Stage; readonly since: Instant }): void {
  const { input, span } = run.plan;
  group.places = placesFor(group, input.policy.pace);
  run.room.take(group, span.from);
  perform(run, group, { stage, since, at: span.from });
}

type Begun = { readonly stage: Stage; readonly since: Instant; readonly at: Instant; readonly failing: Failing | null };

function work(run: Run, group: Group, begun: Begun): void {
  const { models, plan, course } = run;
  const { policy, bytes } = plan.input;
  const wish = { ...begun, cohort: group.cohort, bytes, limits: policy.timeLimits };
  const drawn = drawWork(models, wish);
  const done = inTurn(drawn, begun.at, group.places === 0 ? 1 : group.size / group.places);
  if (done.download !== null) addTraffic(course.traffic, done.download, bytes * group.size);
  const waits = policy.windows.downloadAhead && !group.hasDownloaded && done.download !== null;
  const downloadedAt = done.download?.to ?? 0;
  const windowThen = waits ? plan.windows(group.cohort.zone, downloadedAt) : null;
  if (waits && downloadedAt < done.endsAt && (windowThen === null || windowThen.from > downloadedAt))
    return run.queue.add(downloadedAt, { type: 'downloaded', group });
  if (done.failing === null) {
    course.work.ms += (drawn.endsAt - begun.since) * group.size;
    course.work.n += group.size;
  }
  if (done.endsAt > group.chanceTo) course.outlasted += group.size;
  if (done.restsAt < done.endsAt) run.queue.add(done.restsAt, { type: 'rests', group });
  run.queue.add(done.endsAt, { type: 'ends', group, work: done });
}

/** Where devices of a group share places, the last of them ends so many times later. */
function inTurn(work: Work, at: Instant, times: number): Work {
  if (times <= 1) return work;
  const later = (moment: Instant) => at + (moment - at) * times;
  const download = work.download && { from: work.download.from, to: later(work.download.to) };
  return { ...work, download, restsAt: later(work.restsAt), endsAt: later(work.endsAt) };
}

function rest(run: Run, group: Group, at: Instant): void {
  if (group.places === 0) return;
  const isWanted = run.room.free(group);
  group.places = 0;
  if (isWanted) callForPlace(run, at);
}

function end(run: Run, { group, work: done }: Happening & { readonly type: 'ends' }, at: Instant): void {
  rest(run, group, at);
  group.heardAt = at;
  const phase = run.course.phases[group.cohort.phase] as PhaseCourse;
  if (done.failing === null) {
    phase.succeeded += group.size;
    if (group.erred) phase.erred -= group.size;
    run.course.succeeded += group.size;
    run.course.lastSuccessAt = at;
    return close(run, group, { at, missed: null });
  }
  const { retries } = run.plan.input.policy;
  const failure = failureOf(done.failing);
  const isRetried = failure !== null && group.ordinal <= retries.limit && retries.on.includes(failure);
  if (!isRetried || done.failing.stage === '') return close(run, group, { at, missed: 'failed' });
  err(run, group, at);
  if (done.failing.reason === SILENT) return lose(run, group, { at, begunAt: done.begunAt });
  const seconds = retryWaitSeconds(retries, group.ordinal, `${group.salt}`);
  group.ordinal += 1;
  group.hasDownloaded = false;
  wait(run, group, at + seconds * 1000);
}

/** It is to be tried again, but its device is gone: the sweep gives it up when the limit of silence has passed. */
function lose(run: Run, group: Group, { at, begunAt }: { readonly at: Instant; readonly begunAt: Instant }): void {
  const silentAt = begunAt + run.plan.input.policy.timeLimits.silenceSeconds * 1000;
  run.queue.add(Math.max(at, silentAt) + run.models.random() * SWEEP_MS, { type: 'silent', group });
}

type Closing = { readonly at: Instant; readonly missed: 'failed' | 'silent' | 'never-in-contact' | null };

function close(run: Run, group: Group, { at, missed }: Closing): void {
  const phase = run.course.phases[group.cohort.phase] as PhaseCourse;
  phase.open -= group.size;
  if (missed !== null) {
    run.course.missed[missed] += group.size;
    err(run, group, at);
  }
  if (phase.open === 0) phase.endedAt = at;
  judge(run, group.cohort.phase, at);
}

/** The first failure of a device counts, until it succeeds after all. */
function err(run: Run, group: Group, at: Instant): void {
  if (group.erred) return;
  const phase = run.course.phases[group.cohort.phase] as PhaseCourse;
  group.erred = true;
  phase.erred += group.size;
  if (hasCrossed(phase)) hold(run, { reason: 'error-threshold', phase: group.cohort.phase, at });
}

type Hold = Omit<NonNullable<Course['held']>, 'erred'>;

function hold({ course }: Run, held: Hold): void {
  course.held ??= { ...held, erred: course.phases.reduce((sum, { erred }) => sum + erred, 0) };
}

/** Whether the phase has reached what it asks, so that the next one starts after its soak; or can reach it no more. */
function judge(run: Run, number: number, at: Instant): void {
  const phase = run.course.phases[number] as PhaseCourse;
  if (phase.reachedAt === null && hasReached(phase)) phase.reachedAt = at;
  else if (phase.reachedAt !== null || phase.open > 0) return;
  if (phase.reachedAt === null)
    return hasNext(run, number) ? hold(run, { reason: 'success-not-reached', phase: number, at }) : undefined;
  startNext(run, number, Math.max(at, phase.reachedAt + phase.phase.spec.soakSeconds * 1000));
}

function hasNext({ course }: Run, number: number): boolean {
  return course.phases.some(({ phase }, place) => place > number && phase.state === 'waiting');
}
