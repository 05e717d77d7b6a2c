import { ApiProblem } from '@updraft/protocols';
import { agree, expectedLines } from './agreement.ts';
import type { DeviceKind } from './command.ts';
import { judgeLaws } from './laws.ts';
import { FIRST_PENALTY_RULE, type Model, type ModelDevice } from './model-state.ts';
import { tellPenaltyRule } from './penalty-rule.ts';
import { isNumbered, storedFacts, unendedRollouts, versionOf, type Own, type StoredFacts } from './stored-facts.ts';
import { hasPending } from './joining-model.ts';
import { lapse, silentFrom, turningPoints } from './time-model.ts';
import { typeNameOf, type World } from './world.ts';

/** One run: a model, the world that it is held to, and what was seen of it. */
export type Run = {
  readonly world: World;
  readonly model: Model;
  /** Facts of the last look. */
  before: StoredFacts | null;
  /** Wire ids of the offers that were answered, by device. */
  readonly answered: Map<number, Set<number>>;
  /** What was judged last. */
  seen: { readonly now: number; readonly version: number | null; readonly lines: readonly string[] } | null;
  /** Commands that could be carried out. */
  steps: number;
  /** Times at which everything was settled and judged. */
  looks: number;
  restarts: number;
  /** Milliseconds since the model's time: each word is said one later, which the model does not see. */
  ticks: number;
  readonly own: Own;
  /** Names of rollouts that were made. */
  made: number;
  readonly name: string;
};

const SECOND_MS = 1000;
const POLL_INTERVAL_SECONDS = 300;
/** No time is stood at so near before or after a moment at which something changes by itself. */
const CLEARANCE_MS = 3 * SECOND_MS;

export async function beginRun(world: World, kinds: readonly DeviceKind[]): Promise<Run> {
  world.runs += 1;
  const name = `r${world.runs}`;
  world.now += CLEARANCE_MS;
  world.setClock(world.now);
  const devices: ModelDevice[] = [];
  for (const [index, kind] of kinds.entries()) devices.push(await joined(world, `${name}-${index}`, kind));
  const model: Model = {
    now: world.now,
    devices,
    rollouts: [],
    wishes: [],
    offers: 0,
    listeningSince: 0,
    pollIntervalSeconds: POLL_INTERVAL_SECONDS,
    penaltyRule: FIRST_PENALTY_RULE,
    windows: new Map(),
  };
  const { last } = await world.server.server.store.reader
    .selectFrom('rollout')
    .select((eb) => eb.fn.max('id').as('last'))
    .executeTakeFirstOrThrow();
  const own = { rollout: Number(last ?? 0) + 1, device: devices[0]?.id ?? 0, dialect: world.dialect };
  return {
    world,
    model,
    own,
    before: null,
    answered: new Map(),
    seen: null,
    steps: 0,
    looks: 0,
    restarts: 0,
    ticks: 0,
    made: 0,
    name,
  };
}

export async function joined({ api, server, now }: World, name: string, kind: DeviceKind): Promise<ModelDevice> {
  const { token } = await api.call('devices.create', { body: { name, type: typeNameOf(kind) } });
  const { id } = await server.server.store.reader
    .selectFrom('device')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return {
    id,
    name,
    token,
    running: null,
    contactAt: 0,
    replacedAt: 0,
    penaltyUntil: 0,
    failures: [],
    isGone: false,
    isDeleted: false,
    offered: null,
    changedAt: now,
    told: {},
    zone: null,
    site: '',
    ring: '',
    said: null,
    ...kind,
  };
}

/** Leaves nothing behind that could fall due in another run, or that its devices could join. */
export async function endRun({ world, model, own }: Run): Promise<void> {
  const { api, server } = world;
  for (const device of model.devices)
    if (!device.isDeleted) await api.call('devices.delete', { params: { device: device.name } });
  await server.server.settleJobs();
  for (const id of await unendedRollouts(server.server.store.reader, own))
    await api.call('rollouts.stop', { params: { id } }).catch(unlessRefused);
  await server.server.settleJobs();
  if (model.penaltyRule !== FIRST_PENALTY_RULE) await tellPenaltyRule(api, FIRST_PENALTY_RULE);
  world.now = model.now;
}

/** It may have ended by itself this moment. */
function unlessRefused(error: unknown): void {
  if (!(error instanceof ApiProblem)) throw error;
}

/** Lets time pass up to `to`, and a little more where something is about to change; stops wherever something falls due. */
export async function pass(run: Run, to: number): Promise<void> {
  const { model, world } = run;
  await world.server.server.writeContacts();
  let until = to;
  for (;;) {
    const points = turningPoints(model).toSorted((a, b) => a - b);
    const [next = Infinity] = points;
    if (next > until + CLEARANCE_MS) break;
    moveTo(run, clearOf(points, next));
    lapse(model);
    await look(run);
    until = Math.max(until, model.now);
  }
  moveTo(run, until);
  if (isLookedFor(model)) await look(run);
}

/** The jobs may come upon somebody who is silent, or has come to match, at any moment now: not amid a step. */
function isLookedFor(model: Model): boolean {
  return hasPending(model) || model.wishes.some((wish) => (silentFrom(model, wish)?.may ?? Infinity) <= model.now);
}

/** Nothing that is said or done after something else is so at the same time. Between two waits it stays within the second. */
export function tick(run: Run): void {
  run.ticks = Math.min(run.ticks + 1, SECOND_MS - 1);
  run.world.setClock(momentOf(run));
}

/** Epoch ms, as the server's clock has it. */
export function momentOf({ model, ticks }: Run): number {
  return model.now + ticks;
}

/** A moment after `at` that no turning point is near; `points` in their order. */
function clearOf(points: readonly number[], at: number): number {
  return points.reduce(
    (clear, point) => (point > clear + CLEARANCE_MS ? clear : Math.max(clear, wholeSecond(point + CLEARANCE_MS))),
    at,
  );
}

/** The same for what is to come to pass without a look before. */
export function clearMoment({ model }: Run, at: number): number {
  return clearOf(
    turningPoints(model).toSorted((a, b) => a - b),
    at,
  );
}

function wholeSecond(at: number): number {
  return Math.ceil(at / SECOND_MS) * SECOND_MS;
}

export function moveTo(run: Run, to: number): void {
  const { model, world } = run;
  if (to > model.now) run.ticks = 0;
  model.now = Math.max(model.now, to);
  world.setClock(momentOf(run));
}

/**
 * Lets the jobs do what is due, and judges what is stored. Where no row was written since the last look and the model
 * expects none to be, nothing can have come to differ.
 */
export async function look(run: Run): Promise<void> {
  const { world, model } = run;
  const { store } = world.server.server;
  run.looks += 1;
  if (isSeen(run, await versionOf(store.reader, run.own))) return;
  await settle(run);
  // Before the facts: what is written meanwhile is another version.
  const version = await versionOf(store.reader, run.own);
  const facts = factsOf(run, version) ?? (await storedFacts(store.reader, run.own));
  const lines = agree(model, facts);
  judgeLaws(model, { facts, before: run.before, answered: run.answered });
  run.before = facts;
  run.seen = { now: model.now, version, lines };
}

/** Those of the last look, where nothing was written since. */
function factsOf({ seen, before }: Run, version: number | null): StoredFacts | null {
  return version !== null && version === seen?.version ? before : null;
}

/** On PostgreSQL events are numbered a moment after their commit, and heard of then. */
async function settle(run: Run): Promise<void> {
  const { settleJobs, store } = run.world.server.server;
  for (;;) {
    const wasHeard = await isNumbered(store.reader, run.own);
    await settleJobs();
    if (wasHeard && (await isNumbered(store.reader, run.own))) return;
  }
}

/** As long as what is stored, the model and its time are the same, there is nothing to do, and nothing to judge anew. */
function isSeen({ seen, model }: Run, version: number | null): boolean {
  if (seen === null || version === null || version !== seen.version || model.now !== seen.now) return false;
  return expectedLines(model).every((line, at) => line === seen.lines[at]);
}
