import type { Instant } from '../attempt.ts';
import { failureOf, retryWaitSeconds } from '../back-off.ts';
import { isSuccessReached } from '../phase-thresholds.ts';
import type { PhaseCounts } from '../rollout-aggregate.ts';
import { isNeverOnline, nextOnline } from './contact-pattern.ts';
import type { PhaseCourse } from './course.ts';
import type { Failing } from './end-model.ts';
import { placesFor, startingFor, type Group } from './group.ts';
import { nextChance } from './next-chance.ts';
import { binomial } from './random.ts';
import { countErred, isHeld, look } from './rollout-run.ts';
import type { Run } from './run.ts';
import type { OpenSpans, Span } from './span.ts';
import { SILENT, type Stage } from './stage-times.ts';
import { addTraffic } from './traffic.ts';
import { drawWork, inTurn, type Work } from './work.ts';

/** How often the sweep looks for silent devices, at most. */
const SWEEP_MS = 3_600_000;

/** The groups of a phase that has started begin to wait for their polls, or go on where they stand. */
export function startGroups(run: Run, phase: number, startedAt: Instant): void {
  const { from } = run.plan.span;
  for (const group of run.groups[phase] ?? []) {
    const { at } = group.cohort.progress;
    group.heardAt = Math.max(group.heardAt, startedAt);
    if (at.state === 'working') goOn(run, group, at);
    else wait(run, group, Math.max(from, startedAt, at.notBefore ?? 0));
  }
}

/** Looks for the group's next poll with open gates; it is given up where it is silent for too long before. */
export function wait(run: Run, group: Group, from: Instant): void {
  const { plan, models } = run;
  const silentAt = silentBefore(run, group, from);
  if (silentAt !== null)
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

/** When it has been silent for too long before its next contact from `from` on; null: it is heard in time. Who only waits is heard. */
function silentBefore({ plan }: Run, { cohort, salt, heardAt }: Group, from: Instant): Instant | null {
  const { to } = plan.span;
  const limitMs = plan.input.policy.timeLimits.silenceSeconds * 1000;
  const isNever = isNeverOnline(cohort.contact);
  const online = isNever ? null : nextOnline(cohort.contact, salt, { from, to });
  if (isNever || online === null) return heardAt + limitMs;
  for (let heard = heardAt; online.from > heard + limitMs;) {
    const next = nextOnline(cohort.contact, salt, { from: heard, to });
    if (next === null || next.from > heard + limitMs) return heard + limitMs;
    heard = next.to;
  }
  return null;
}

function always(span: Span): OpenSpans {
  return (_, at) => (at < span.to ? span : null);
}

export function poll(run: Run, group: Group, at: Instant): void {
  if (isHeld(run)) return;
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

/** A place may be free: somebody of those that wait for one takes it. */
export function serve(run: Run, at: Instant): void {
  run.isServing = false;
  if (isHeld(run)) return;
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
  const fitting = startingFor(group, { pace: plan.input.policy.pace, ms: group.chanceTo - at, workMs: plan.workMs });
  if (fitting < group.size) {
    const left = { ...group, size: group.size - fitting };
    room.giveBack(left.size);
    room.add(left);
    callForPlace(run, at);
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
  const parts = sharesOf(failing, MAX_FAILING_PARTS).map((share) => ({ group: part(share), fails: true }));
  return failing === group.size ? parts : [{ group: part(group.size - failing), fails: false }, ...parts];
}

/** Those of one group that fail fare so differently at most. */
const MAX_FAILING_PARTS = 4;

/** `count` in at most `parts` parts, as equal as can be. */
function sharesOf(count: number, parts: number): number[] {
  const upTo = (part: number) => Math.floor((count * part) / parts);
  return Array.from({ length: parts }, (_, at) => upTo(at + 1) - upTo(at)).filter((share) => share > 0);
}

function goOn(run: Run, group: Group, { stage, since }: { readonly stage: Stage; readonly since: Instant }): void {
  const { span } = run.plan;
  group.places = group.size;
  run.room.hold(group, span.from);
  perform(run, group, { stage, since, at: span.from });
}

type Begun = { readonly stage: Stage; readonly since: Instant; readonly at: Instant; readonly failing: Failing | null };

function work(run: Run, group: Group, begun: Begun): void {
  const { models, plan, course } = run;
  const { policy, bytes } = plan.input;
  const isDownloadOnly = policy.action.kind === 'download-only';
  const wish = { ...begun, cohort: group.cohort, isDownloadOnly, bytes, limits: policy.timeLimits };
  const drawn = drawWork(models, wish);
  const done = begun.since < begun.at ? drawn : inTurn(drawn, { at: begun.at, group, pace: policy.pace });
  if (done.download !== null) addTraffic(course.traffic, done.download, bytes * group.size);
  const waits = policy.windows.downloadAhead && !isDownloadOnly && !group.hasDownloaded && done.download !== null;
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

/** The download is done, and the window to install in is not open yet. */
export function downloaded(run: Run, group: Group, at: Instant): void {
  rest(run, group, at);
  group.hasDownloaded = true;
  wait(run, group, at);
}

/** Gives its places back. */
export function rest(run: Run, group: Group, at: Instant): void {
  if (group.places === 0) return;
  const isWanted = run.room.free(group);
  group.places = 0;
  if (isWanted) callForPlace(run, at);
}

/** An attempt has ended: it succeeded, is tried again, or was the last. */
export function end(
  run: Run,
  { group, work: done }: { readonly group: Group; readonly work: Work },
  at: Instant,
): void {
  rest(run, group, at);
  group.heardAt = at;
  if (done.failing === null) return succeed(run, group, at);
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

function succeed(run: Run, group: Group, at: Instant): void {
  const { course } = run;
  const { phase } = group.cohort;
  const counts = run.counts.get(phase + 1);
  if (counts !== undefined) counts.succeeded += group.size;
  course.succeeded += group.size;
  course.lastSuccessAt = at;
  if (group.erred) {
    course.erred -= group.size;
    countErred(run, { phase, by: -group.size }, at);
  }
  close(run, group, { at, missed: null });
}

/** It is to be tried again, but its device is gone: the sweep gives it up when the limit of silence has passed. */
function lose(run: Run, group: Group, { at, begunAt }: { readonly at: Instant; readonly begunAt: Instant }): void {
  const silentAt = begunAt + run.plan.input.policy.timeLimits.silenceSeconds * 1000;
  run.queue.add(Math.max(at, silentAt) + run.models.random() * SWEEP_MS, { type: 'silent', group });
}

/** The sweep gives up who is silent for too long. */
export function giveUp(run: Run, group: Group, at: Instant): void {
  if (isHeld(run)) return;
  close(run, group, { at, missed: isNeverOnline(group.cohort.contact) ? 'never-in-contact' : 'silent' });
}

type Closing = { readonly at: Instant; readonly missed: 'failed' | 'silent' | 'never-in-contact' | null };

function close(run: Run, group: Group, { at, missed }: Closing): void {
  const { phase } = group.cohort;
  const counts = run.counts.get(phase + 1);
  if (counts !== undefined) {
    counts.open -= group.size;
    if (counts.open === 0) (run.course.phases[phase] as PhaseCourse).endedAt = at;
  }
  if (missed !== null) {
    run.course.missed[missed] += group.size;
    err(run, group, at);
  }
  if (counts === undefined || mayDecide(run, phase, counts)) look(run, at);
}

/** Whether an end in this phase can bring its rollout on. */
function mayDecide({ rollout }: Run, phase: number, counts: PhaseCounts): boolean {
  const now = rollout.phases[phase];
  if (now === undefined || counts.open === 0) return true;
  return now.reachedAt === null && isSuccessReached(now, counts);
}

/** The first failure of a device counts, until it succeeds after all. */
function err(run: Run, group: Group, at: Instant): void {
  if (group.erred) return;
  group.erred = true;
  run.course.erred += group.size;
  countErred(run, { phase: group.cohort.phase, by: group.size }, at);
}
