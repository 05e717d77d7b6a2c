import { isDeepStrictEqual } from 'node:util';
import { parseFilter, type RolloutPolicy } from '@updraft/core';
import {
  appendEvent,
  changeRollout,
  changeSavedFilter,
  deleteSavedFilter,
  DEVICE_LIST,
  findRelease,
  findSavedFilter,
  insertSavedFilter,
  isFilterNameTaken,
  policyOf,
  retriedOnRace,
  setAutoRule,
  isSiteTold,
  shortestInstallSeconds,
  takeRollout,
  type AssignmentQuota,
  type CommandContext,
  type SavedFilterChange,
  type SavedFilterRow,
  type SavedFilterWithJoins,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { endAuto, startAuto, type AutoWish } from './auto-assignment.ts';
import { wantLook } from './let-join.ts';
import { mayRelease } from './emergency-right.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';
import { problemsOfPolicy } from './policy-problems.ts';
import { problemView } from './rollout-view.ts';
import { savedFilterViews, type SavedFilterView } from './saved-filter-view.ts';

export type SavedFilterAct = {
  readonly scope: Scope;
  /** Uid. */
  readonly id: string;
  readonly expectedRevision: number | null;
};

export const savedFilterCommands = {
  'filter.create': once(create),
  'filter.change': change,
  'filter.delete': remove,
  'filter.assign': assign,
  'filter.stop-assigning': stopAssigning,
};

async function create(
  context: CommandContext,
  input: {
    readonly scope: Scope;
    readonly name: string;
    readonly description: string;
    readonly query: string;
    /** As it was written, where that was under another API's names. */
    readonly given?: string;
  },
) {
  const { scope } = input;
  const wrong = problemOf(input.query);
  if (wrong !== null) return { ...refused('filter-invalid'), detail: wrong };
  const row = await insertSavedFilter(context, { ...input, tenant: scope.tenant, createdBy: scope.actor });
  if (row === undefined) return refused('name-taken');
  await note(context, scope, { happened: 'created', filter: row });
  return { outcome: 'created' as const, filter: await viewOf(context, scope, row.uid) };
}

/** A changed query is the rule's from now on: a look over all devices finds what matches by it. */
async function change(
  context: CommandContext,
  input: SavedFilterAct & {
    readonly change: {
      readonly name?: string | undefined;
      readonly description?: string | undefined;
      readonly query?: string | undefined;
      /** The query as it was written, where that was under another API's names. */
      readonly given?: string | undefined;
    };
  },
) {
  const { scope } = input;
  const { name, description, query, given = '' } = input.change;
  const wrong = query === undefined ? null : problemOf(query);
  if (wrong !== null) return { ...refused('filter-invalid'), detail: wrong };
  if (name !== undefined && (await isOthersName(context, input, name))) return refused('name-taken');
  const found = await take(context, input, {
    ...(name === undefined ? {} : { name }),
    ...(description === undefined ? {} : { description }),
    ...(query === undefined ? {} : { query, query_given: given }),
  });
  if ('code' in found) return found;
  if (found.auto_rollout !== null && input.change.query !== undefined) {
    const rollout = await takeRollout(context, found.auto_rollout);
    const asks =
      rollout && (await changeRollout(context, rollout, { filter: input.change.query, filter_given: given }));
    if (asks !== undefined && asks.join_at !== null) await wantLook(context, asks);
  }
  await note(context, scope, { happened: 'changed', filter: found });
  return changed(context, input);
}

async function isOthersName({ db }: CommandContext, { scope, id }: SavedFilterAct, name: string): Promise<boolean> {
  const filter = await findSavedFilter(db, scope.tenant, id);
  return filter !== undefined && (await isFilterNameTaken(db, scope.tenant, { name, by: filter.id }));
}

async function remove(context: CommandContext, input: SavedFilterAct) {
  const found = await take(context, input);
  if ('code' in found) return found;
  if (found.auto_rollout !== null) await endAuto(context, input.scope, found.auto_rollout);
  await deleteSavedFilter(context, found.id);
  await note(context, input.scope, { happened: 'deleted', filter: found });
  return { outcome: 'deleted' as const };
}

export type AutoInput = SavedFilterAct & {
  /** Uid of the release. */
  readonly release: string;
  readonly weight: number;
  readonly policy: RolloutPolicy;
  /** How many assignments its devices may have; left out: any number. */
  readonly quota?: AssignmentQuota | undefined;
};

/** Sets what a filter keeps assigning. The same rule again changes nothing. */
async function assign(context: CommandContext, input: AutoInput) {
  const { scope, weight, policy, quota } = input;
  const release = await findRelease(context.db, scope.tenant, input.release);
  if (release === undefined) return { ...refused('not-found'), missing: 'release' as const };
  if (release.state !== 'published') return refused('release-not-published');
  if (!mayRelease(scope, policy)) return refused('not-permitted');
  const problems = problemsOfPolicy(policy, {
    now: context.now,
    shortestInstallSeconds: await shortestInstallSeconds(context.db, { tenant: scope.tenant, release: release.id }),
    isSiteTold: await isSiteTold(context.db, scope.tenant),
  });
  const warnings = problems.map(problemView);
  if (problems.some(({ severity }) => severity === 'refused')) return { ...refused('rollout-impossible'), problems };
  const filter = await take(context, input);
  if ('code' in filter) return filter;
  const wish: AutoWish = { release, weight, policy, quota };
  if (await isCarried(context, filter, wish)) return { ...(await changed(context, input)), warnings };
  const rollout = await startAuto(context, scope, { filter, wish });
  if (filter.auto_rollout !== null) await endAuto(context, scope, filter.auto_rollout);
  await setAutoRule(context, filter.id, { release: release.id, weight, policy, rollout: rollout.id });
  await note(context, scope, { happened: 'assigns', filter, data: { release: release.uid, rollout: rollout.uid } });
  return { ...(await changed(context, input)), warnings };
}

/** A rule whose rollout was stopped, or has ended, is carried no more. */
async function isCarried(context: CommandContext, filter: SavedFilterRow, wish: AutoWish): Promise<boolean> {
  if (filter.auto_rollout === null || !isRule(filter, wish)) return false;
  const rollout = await takeRollout(context, filter.auto_rollout);
  return (
    rollout !== undefined && rollout.join_at !== null && (rollout.state === 'running' || rollout.state === 'paused')
  );
}

function isRule(filter: SavedFilterRow, { release, weight, policy }: AutoWish): boolean {
  if (filter.auto_release !== release.id || filter.auto_weight !== weight || filter.auto_policy === null) return false;
  return isDeepStrictEqual(policyOf(filter.auto_policy), policy);
}

async function stopAssigning(context: CommandContext, input: SavedFilterAct) {
  const filter = await take(context, input);
  if ('code' in filter) return filter;
  if (filter.auto_rollout === null) return changed(context, input);
  await endAuto(context, input.scope, filter.auto_rollout);
  await setAutoRule(context, filter.id, null);
  await note(context, input.scope, { happened: 'assigns-no-more', filter });
  return changed(context, input);
}

/** Why a query cannot be read, or null. */
function problemOf(query: string): string | null {
  const parsed = parseFilter(query, DEVICE_LIST.fields);
  return parsed.outcome === 'refused' ? parsed.problem.message : null;
}

async function take(
  context: CommandContext,
  { scope, id, expectedRevision }: SavedFilterAct,
  change: SavedFilterChange = {},
) {
  const found = await findSavedFilter(context.db, scope.tenant, id);
  if (found === undefined) return refused('not-found');
  const act = { id: found.id, expectedRevision, by: scope.actor };
  const row = await retriedOnRace(() => changeSavedFilter(context, act, change));
  return row ?? refused('precondition-failed');
}

async function changed(context: CommandContext, { scope, id }: SavedFilterAct) {
  return { outcome: 'changed' as const, filter: await viewOf(context, scope, id) };
}

async function viewOf(context: CommandContext, scope: Scope, id: string): Promise<SavedFilterView> {
  const row: SavedFilterWithJoins | undefined = await findSavedFilter(context.db, scope.tenant, id);
  const [view] = row === undefined ? [] : await savedFilterViews(context.db, [row]);
  if (view === undefined) throw new Error(`the saved filter ${id} is not there in its own transaction`);
  return view;
}

async function note(
  context: CommandContext,
  scope: Scope,
  told: {
    readonly happened: string;
    readonly filter: SavedFilterRow;
    readonly data?: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  await appendEvent(context, {
    tenant: scope.tenant,
    name: `filter.${told.happened}`,
    actor: scope.actor,
    subject: { kind: 'filter', id: told.filter.uid },
    data: { name: told.filter.name, ...told.data },
  });
}
