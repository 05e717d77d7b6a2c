import { fold, ROLLOUT_STATES, type PhaseSpec, type RolloutPolicy } from '@updraft/core';
import { sql, type Kysely, type Selectable, type Updateable } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import { changedAtSql, changedBySql } from '../list/changed-sql.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import {
  AUTO_URGENCIES,
  autoStandingSql,
  autoUrgencySql,
  ROLLOUT_STANDINGS,
  rolloutStandingSql,
} from '../list/rollout-standing-sql.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';
import type { AssignmentQuota } from './assignment-room.ts';
import { greatestDevice } from './device-repository.ts';
import { insertPhases } from './phase-repository.ts';
import { bumpRolloutsRevision } from './rollouts-revision.ts';

export type RolloutRow = Selectable<Schema['rollout']>;
type FixedColumn = 'id' | 'uid' | 'tenant' | 'kind' | 'release' | 'created_at' | 'created_by' | 'maker' | 'revision';
export type RolloutChange = Updateable<Omit<RolloutRow, FixedColumn | 'policy' | 'asks_consent'>> & {
  readonly policy?: RolloutPolicy;
};

export type NewRollout = {
  readonly tenant: number;
  readonly kind: RolloutRow['kind'];
  readonly name: string;
  readonly description: string;
  readonly release: number;
  readonly filter: string;
  /** As it was written, where that was under another API's names. */
  readonly filterGiven?: string | undefined;
  readonly weight: number;
  readonly policy: RolloutPolicy;
  readonly phases: readonly PhaseSpec[];
  /** And the user who answers for it. */
  readonly createdBy: { readonly actor: string; readonly maker: string };
  /** What holds it to a number of assignments a device; left out: nothing. */
  readonly quota?: AssignmentQuota | null | undefined;
  /** What it was made from, and what for. */
  readonly link?: {
    readonly parent: number;
    readonly relation: 'retry' | 'return' | 'clone';
    readonly previous_release?: number;
  };
};

/** The phase of a rollout that has one, such as a direct assignment's. */
export const ONLY_PHASE = 1;

/** A rollout whose assignments are still to be made, with its phases; undefined where the name is taken. */
export async function insertRollout(context: CommandContext, rollout: NewRollout): Promise<RolloutRow | undefined> {
  const { db, now } = context;
  const row = await db
    .insertInto('rollout')
    .values({
      uid: newUid(now),
      tenant: rollout.tenant,
      kind: rollout.kind,
      name: rollout.name,
      name_fold: fold(rollout.name),
      description: rollout.description,
      release: rollout.release,
      filter: rollout.filter,
      filter_given: rollout.filterGiven ?? '',
      state: 'creating',
      weight: rollout.weight,
      ...policyColumns(rollout.policy),
      cursor: 0,
      last_device: await greatestDevice(context.db, rollout.tenant),
      planned: 0,
      next_at: now,
      created_at: now,
      created_by: rollout.createdBy.actor,
      maker: rollout.createdBy.maker,
      started_at: null,
      ended_at: null,
      assignments_max: rollout.quota?.most ?? null,
      room_percent: rollout.quota?.removedPercent ?? 0,
      ...rollout.link,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await insertPhases(context, row.id, rollout.phases);
  return row;
}

/** A policy as a rollout's row holds it: whole, and apart what lists ask of it. */
function policyColumns(policy: RolloutPolicy) {
  return { policy: JSON.stringify(policy), asks_consent: policy.consent.required ? 1 : 0 } as const;
}

/** Rollouts that people made, and returns; direct and automatic assignments are carried by some that are listed nowhere. */
export const ROLLOUT_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'rollout.name_fold' },
    number: { type: 'number', column: 'rollout.id', sortable: true },
    description: { type: 'text', column: sql`lower(rollout.description)` },
    createdAt: { type: 'instant', column: 'rollout.created_at', sortable: true },
    createdBy: { type: 'text', column: sql`lower(rollout.created_by)` },
    changedAt: { type: 'instant', column: changedAtSql('rollout') },
    changedBy: { type: 'text', column: changedBySql('rollout') },
    approvedBy: { type: 'text', column: sql`lower(rollout.approved_by)` },
    state: { type: 'word', words: ROLLOUT_STATES, column: 'rollout.state' },
    standing: { type: 'word', words: ROLLOUT_STANDINGS, column: rolloutStandingSql },
    release: { type: 'exact', column: 'release.uid' },
    'release.number': { type: 'number', column: 'release.id' },
    'release.name': { type: 'text', column: 'release.name_fold' },
    'release.version': { type: 'text', column: 'release.version_fold' },
    'release.kind': {
      type: 'text',
      column: sql`(select lower(k.key) from release_kind as k where k.id = release.kind)`,
    },
    weight: { type: 'number', column: 'rollout.weight' },
  },
  id: 'rollout.id',
  defaultSort: '-createdAt',
};

/** What carries rules: they have no end. */
export const AUTO_ROLLOUT_LIST: ListDeclaration = {
  ...ROLLOUT_LIST,
  fields: {
    ...ROLLOUT_LIST.fields,
    standing: { type: 'word', words: ROLLOUT_STANDINGS, column: autoStandingSql },
    urgency: { type: 'word', words: AUTO_URGENCIES, column: autoUrgencySql },
  },
};

export function selectRollouts(db: Kysely<Schema>, tenant: number, deleted: 'without' | 'only' | 'with' = 'without') {
  const rollouts = selectOfKinds(db, tenant, ['rollout', 'return']);
  if (deleted === 'without') return rollouts.where('rollout.deleted', 'is', null);
  if (deleted === 'only') return rollouts.where('rollout.deleted', '=', 'shown');
  return rollouts.where((eb) => eb.or([eb('rollout.deleted', 'is', null), eb('rollout.deleted', '=', 'shown')]));
}

/** What keeps assigning a release to devices that come to match; those that nobody joins any more are left out. */
export function selectAutoRollouts(db: Kysely<Schema>, tenant: number) {
  return selectOfKinds(db, tenant, ['auto'])
    .where('rollout.deleted', 'is', null)
    .where((eb) => eb.or([eb('rollout.join_at', 'is not', null), eb('rollout.started_at', 'is', null)]));
}

function selectOfKinds(db: Kysely<Schema>, tenant: number, kinds: readonly RolloutRow['kind'][]) {
  return db
    .selectFrom('rollout')
    .innerJoin('release', 'release.id', 'rollout.release')
    .selectAll('rollout')
    .where('rollout.tenant', '=', tenant)
    .where('rollout.kind', 'in', kinds);
}

export async function findRolloutById(db: Kysely<Schema>, tenant: number, id: number): Promise<RolloutRow | undefined> {
  return db.selectFrom('rollout').selectAll().where('id', '=', id).where('tenant', '=', tenant).executeTakeFirst();
}

export async function findRollout(db: Kysely<Schema>, tenant: number, uid: string): Promise<RolloutRow | undefined> {
  return db.selectFrom('rollout').selectAll().where('uid', '=', uid).where('tenant', '=', tenant).executeTakeFirst();
}

/** Reads a rollout and holds its row until the commit, so that its state is decided by one at a time. */
export async function takeRollout(context: CommandContext, id: number): Promise<RolloutRow | undefined> {
  return context.db
    .updateTable('rollout')
    .set((eb) => ({ state: eb.ref('state') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** Changes a rollout that the caller holds; a change of what the gates read is told to the tenant's remembered polls. */
export async function changeRollout(
  context: CommandContext,
  rollout: Pick<RolloutRow, 'id' | 'tenant' | 'state'>,
  { policy, ...change }: RolloutChange,
): Promise<RolloutRow> {
  const columns = policy === undefined ? change : { ...change, ...policyColumns(policy) };
  const row = await context.db
    .updateTable('rollout')
    .set((eb) => ({ ...columns, revision: eb('revision', '+', 1) }))
    .where('id', '=', rollout.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  if (row.state !== rollout.state) await bumpRolloutsRevision(context, rollout.tenant);
  return row;
}

/** Says when the job has to do with a rollout next; null: not until something happens to it. */
export async function setRolloutDue({ db }: CommandContext, id: number, nextAt: number | null): Promise<void> {
  await db.updateTable('rollout').set({ next_at: nextAt }).where('id', '=', id).execute();
}

const DUE_ROLLOUTS = 10;

/** Rollouts that ask for work, whose time has come: the oldest few. */
export async function dueRollouts(db: Kysely<Schema>, now: number): Promise<readonly number[]> {
  return (await readDue(db, { now })).rows.map(({ id }) => id);
}

const readDue = compiledOnce((db, { now }: { readonly now: number }) =>
  db.selectFrom('rollout').select('id').where('next_at', '<=', now).orderBy('next_at').limit(DUE_ROLLOUTS),
);
