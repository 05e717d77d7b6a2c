import {
  attemptLifecycle,
  decide,
  DEFAULT_POLICY,
  isClosed,
  isUncounted,
  newbornAttempt,
  UNBORN_ASSIGNMENT,
  ONE_PHASE,
  type AssignmentAggregate,
  type AttemptInput,
  type RolloutPolicy,
} from '@updraft/core';
import {
  changePhase,
  changeRollout,
  countAtWork,
  countsOf,
  fullCountsOf,
  insertDevice,
  insertRollout,
  loadAssignment,
  newUid,
  paceCountOf,
  phasesOf,
  policyOf,
  setRunningRelease,
  startPhase,
  takeRollout,
  type CommandContext,
  type RolloutRow,
  type StoredAssignment,
} from '@updraft/store';
import type { Scope } from '../../src/access/scope.ts';
import { stepAttempt } from '../../src/use-cases/attempt-step.ts';
import { createNext } from '../../src/use-cases/rollout-creation.ts';
import { closeNextLeftovers, closeNextSkipped } from '../../src/use-cases/rollout-slices.ts';
import { COURSES, type CourseName } from './courses.ts';

/** A fleet that one rollout is made for, what its devices do, and how it ends. */
export type BulkPlan = {
  readonly devices: readonly {
    readonly runs: boolean;
    readonly isInService: boolean;
    readonly course: CourseName;
  }[];
  readonly firstPhasePercent: number;
  readonly consent: boolean;
  readonly paced: boolean;
  /** It is given a pace when its devices have done what they do. */
  readonly pacedLate: boolean;
  readonly skips: boolean;
};

/** What the statement left of each assignment, beside what core makes of it one by one. */
export type Compared = { readonly stored: readonly Shown[]; readonly decided: readonly Shown[] };
type Shown = Pick<AssignmentAggregate, 'assignment' | 'attempt'>;

export type BulkTrial = {
  readonly rollout: number;
  readonly materialised: Compared;
  readonly placed: Compared;
  readonly skipped: Compared;
  readonly closed: Compared;
  /** The rollout's counts as they are kept, and as a look at every member finds them: before the end, and after. */
  readonly counts: readonly { readonly kept: readonly string[]; readonly found: readonly string[] }[];
};

const [STARTED, LATER] = [1, 2];
/** So few that a fleet takes several slices. */
const MEMBERS_PER_COUNT = 5;

export const commands = {
  'bulk.try': async (context: CommandContext, plan: BulkPlan): Promise<BulkTrial> => {
    const { scope, made } = await aRollout(context, plan);
    const materialised = await materialise(context, scope, made);
    await play(context, scope, { plan, rollout: made.id });
    const counts = [await countsFound(context, made.id)];
    const placed = plan.pacedLate ? await giveAPace(context, made.id) : { stored: [], decided: [] };
    const skipped = plan.skips ? await skip(context, scope, made.id) : { stored: [], decided: [] };
    const closed = await close(context, scope, made.id);
    counts.push(await countsFound(context, made.id));
    return { rollout: made.id, materialised, placed, skipped, closed, counts };
  },
  /** Places that are counted of a rollout, and those that its attempts hold. */
  'bulk.places': async ({ db }: CommandContext, { rollout }: { readonly rollout: number }) => {
    const counted = await db
      .selectFrom('pace')
      .select('in_flight')
      .where('rollout', '=', rollout)
      .where('site', '=', '')
      .executeTakeFirst();
    const held = await db
      .selectFrom('attempt as t')
      .innerJoin('assignment as a', 'a.id', 't.assignment')
      .select('t.id')
      .where('a.rollout', '=', rollout)
      .where('t.pace_held', '=', 1)
      .execute();
    return { counted: counted?.in_flight ?? 0, held: held.length };
  },
};

async function aRollout(context: CommandContext, plan: BulkPlan) {
  const tenant = await addTenant(context);
  const scope: Scope = { tenant, tenantName: 't', actor: 'test', kind: 'server' };
  const release = await addRelease(context, tenant);
  for (const [at, { runs, isInService }] of plan.devices.entries()) {
    const name = `gw-${at}`;
    const row = await insertDevice(context, { tenant, name, type: null, description: '', tokenHash: null });
    if (row === undefined) throw new Error('two devices have one name');
    if (runs) await setRunningRelease(context, row.id, { release, number: 1 });
    if (!isInService)
      await context.db.updateTable('device').set({ identity: 'decommissioned' }).where('id', '=', row.id).execute();
  }
  const made = await insertRollout(context, {
    tenant,
    kind: 'rollout',
    name: 'r',
    description: '',
    release,
    filter: '',
    weight: 1,
    policy: policyFor(plan),
    phases: [{ ...ONE_PHASE, size: { by: 'percent', percent: plan.firstPhasePercent } }, ONE_PHASE],
    createdBy: { actor: 'test', maker: 'test' },
  });
  if (made === undefined) throw new Error('the rollout has no name of its own');
  return { scope, made };
}

function policyFor({ consent, paced }: BulkPlan): RolloutPolicy {
  return {
    ...DEFAULT_POLICY,
    consent: { ...DEFAULT_POLICY.consent, required: consent },
    pace: { ...DEFAULT_POLICY.pace, parallel: paced ? 3 : null },
    retries: { ...DEFAULT_POLICY.retries, limit: 1 },
  };
}

/** Every member as it is born, beside what core says of one that runs the release already, and of one that does not. */
async function materialise(context: CommandContext, scope: Scope, made: RolloutRow): Promise<Compared> {
  let rollout = made;
  while (rollout.state === 'creating') rollout = await createNext(context, scope, rollout);
  const members = await membersOf(context, made.id);
  const decided = members.map(({ aggregate, runningRelease, release }) => {
    const waiting = { ...aggregate, assignment: UNBORN_ASSIGNMENT, attempt: null };
    return runningRelease === release ? after(waiting, { type: 'found-installed' }, context.now) : shown(waiting);
  });
  return { stored: members.map(({ aggregate }) => shown(aggregate)), decided };
}

/** Each member of the first phase goes its course; what a state does not take is left out. */
async function play(
  context: CommandContext,
  scope: Scope,
  { plan, rollout }: { readonly plan: BulkPlan; readonly rollout: number },
): Promise<void> {
  const row = await rolloutOf(context, rollout);
  await changeRollout(context, row, { state: 'running', started_at: context.now });
  await startPhase(context, { rollout, number: STARTED }, context.now);
  for (const member of await membersOf(context, rollout)) {
    if (member.phase !== STARTED || member.aggregate.assignment.endedAt !== null) continue;
    const course = plan.devices[Number(member.deviceName.slice('gw-'.length))]?.course ?? 'untouched';
    for (const input of COURSES[course]) await stepAttempt(context, scope, { assignment: member.id, input });
  }
}

/** Who is at work is given a place, as core says of each by itself. */
async function giveAPace(context: CommandContext, rollout: number): Promise<Compared> {
  const row = await rolloutOf(context, rollout);
  const policy = policyOf(row.policy);
  const pace = { ...policy.pace, parallel: 3 };
  await changeRollout(context, row, { policy: { ...policy, pace }, pace_cursor: 0 });
  const before = await membersOf(context, rollout);
  const { tenant } = row;
  for (let at = await paceCountOf(context, rollout); at !== undefined; at = await paceCountOf(context, rollout))
    await countAtWork(context, { id: rollout, tenant, pace, cursor: at.cursor }, MEMBERS_PER_COUNT);
  const decided = before.map(({ aggregate }) => {
    const { attempt } = aggregate;
    const takes = attempt !== null && isUncounted(attempt);
    return shown(takes ? { ...aggregate, attempt: { ...attempt, paceHeld: true } } : aggregate);
  });
  return { stored: await reread(context, before), decided };
}

async function skip(context: CommandContext, scope: Scope, rollout: number): Promise<Compared> {
  const [, later] = await phasesOf(context.db, [rollout]);
  if (later === undefined) throw new Error('the rollout has one phase only');
  await changePhase(context, later, { state: 'skipped', cursor: 0 });
  const before = (await membersOf(context, rollout)).filter(({ phase }) => phase === LATER);
  const row = await rolloutOf(context, rollout);
  await closeNextSkipped(context, scope, { rollout: row, phase: { ...later, state: 'skipped', cursor: 0 } });
  const decided = before.map(({ aggregate }) => {
    const end = after(aggregate, canceled(aggregate), context.now);
    const isEnded = aggregate.assignment.endedAt === null;
    return isEnded ? { ...end, assignment: { ...end.assignment, reason: 'phase-skipped' } } : end;
  });
  return { stored: await reread(context, before), decided };
}

async function close(context: CommandContext, scope: Scope, rollout: number): Promise<Compared> {
  const row = await changeRollout(context, await rolloutOf(context, rollout), { state: 'stopping', cursor: 0 });
  // What is tried again while it runs is tried no more once it stops.
  const before = await membersOf(context, rollout);
  await closeNextLeftovers(context, scope, row);
  const decided = before.map(({ aggregate }) => after(aggregate, canceled(aggregate), context.now));
  return { stored: await reread(context, before), decided };
}

/** As the end of a rollout takes each member by itself: what has begun is asked. */
function canceled({ attempt }: AssignmentAggregate): AttemptInput {
  const isOpen = attempt !== null && !isClosed(attemptLifecycle, attempt.state);
  return { type: 'cancel', intent: 'canceled', ask: isOpen && attempt.begunAt !== null, by: 'server' };
}

function after(aggregate: AssignmentAggregate, input: AttemptInput, now: number): Shown {
  const decision = decide(aggregate, input, now);
  return shown(decision.outcome === 'changed' ? decision.state : aggregate);
}

/** In the order of their fields, so that both sides compare as texts too. */
function shown({ assignment, attempt }: AssignmentAggregate): Shown {
  const inOrder = { ...UNBORN_ASSIGNMENT, ...assignment };
  return { assignment: inOrder, attempt: attempt === null ? null : { ...newbornAttempt(0), ...attempt } };
}

async function reread(context: CommandContext, members: readonly StoredAssignment[]): Promise<readonly Shown[]> {
  const rows: Shown[] = [];
  for (const { id } of members) rows.push(shown((await stored(context, id)).aggregate));
  return rows;
}

async function membersOf(context: CommandContext, rollout: number): Promise<readonly StoredAssignment[]> {
  const ids = await context.db
    .selectFrom('assignment')
    .select('id')
    .where('rollout', '=', rollout)
    .orderBy('device')
    .execute();
  const members: StoredAssignment[] = [];
  for (const { id } of ids) members.push(await stored(context, id));
  return members;
}

async function stored({ db }: CommandContext, id: number): Promise<StoredAssignment> {
  const found = await loadAssignment(db, id);
  if (found === undefined) throw new Error(`no assignment ${id}`);
  return found;
}

async function rolloutOf(context: CommandContext, id: number): Promise<RolloutRow> {
  const row = await takeRollout(context, id);
  if (row === undefined) throw new Error(`no rollout ${id}`);
  return row;
}

async function countsFound({ db }: CommandContext, rollout: number) {
  const told = (counts: readonly { readonly phase: number; readonly state: string; readonly n: number }[]) => {
    const sums = new Map<string, number>();
    for (const { phase, state, n } of counts)
      sums.set(`${phase} ${state}`, (sums.get(`${phase} ${state}`) ?? 0) + Number(n));
    return [...sums].map(([key, n]) => `${key} ${n}`).toSorted();
  };
  return { kept: told(await countsOf(db, [rollout])), found: told(await fullCountsOf(db, rollout)) };
}

export async function addTenant({ db, now }: CommandContext): Promise<number> {
  const uid = newUid(now);
  const { id } = await db
    .insertInto('tenant')
    .values({
      uid,
      name: uid,
      name_fold: uid,
      poll_interval_seconds: 300,
      signing_policy: 'off',
      target_tokens: 1,
      gateway_tokens: 0,
      created_at: now,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

export async function addRelease({ db, now }: CommandContext, tenant: number): Promise<number> {
  const named = { name: 'os', name_fold: 'os', version: '1', version_fold: '1', description: '' };
  const manifest = { manifest: '{}', manifest_sha256: '00', counter: 1, published_at: now, withdrawn_at: null };
  const { id } = await db
    .insertInto('release')
    .values({ uid: newUid(now), tenant, ...named, ...manifest, state: 'published', created_at: now })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}
