import { phaseSizes } from '@updraft/core';
import { ROLLOUT_SEARCH, type NewRollout } from '@updraft/protocols/hawkbit-management';
import { findReleaseById, findRolloutById, ROLLOUT_LIST, selectRollouts, type ReleaseRow } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import type { NewRolloutInput } from '../../use-cases/rollout-commands.ts';
import { type PhaseGiven, phasesFrom } from '../../use-cases/policy-view.ts';
import { readDraft } from '../../use-cases/rollout-draft.ts';
import { assignmentQuota } from './action-quota.ts';
import { publishedRelease } from './publish-for-door.ts';
import { doorSettings } from './door-settings.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { answerList, searchable } from './read-list.ts';
import { planRollout, sizedPhases } from './rollout-plan.ts';
import { rolloutFacts, rolloutView } from './rollout-view.ts';
import { DEFAULT_WEIGHT } from './rollout-weight.ts';
import { tooManyTargets } from './target-quota.ts';

const ROLLOUTS = searchable(ROLLOUT_LIST, ROLLOUT_SEARCH, { defaultOrder: { field: 'number', descending: false } });
const DELETED = { EXCLUDE_SOFT_DELETED: 'without', ONLY_SOFT_DELETED: 'only', INCLUDE_SOFT_DELETED: 'with' } as const;

export function rolloutHandlers(
  parts: ManagementParts,
): ManagementHandlers<'rollouts.list' | 'rollouts.create' | 'rollouts.show' | 'rollouts.change' | 'rollouts.delete'> {
  const { store } = parts;
  return {
    'rollouts.list': ({ scope, query, links }) => {
      const reader = store.longReader;
      const rows = selectRollouts(reader, scope.tenant, DELETED[query.soft_deleted_mode]);
      const isFull = query.representation === 'full';
      return answerList({ reader, query: rows }, { list: ROLLOUTS, query }, async (found) =>
        (await rolloutFacts(reader, found)).map((facts) => rolloutView(facts, links, isFull)),
      );
    },
    'rollouts.create': async ({ scope, body, links }) => {
      const release = await findReleaseById(store.reader, scope.tenant, body.distributionSetId);
      if (release === undefined) return notFound('DistributionSet', body.distributionSetId);
      const input = await inputOf(parts, scope, { body, release });
      if ('error' in input) return input;
      const published = await publishedRelease(parts, scope, release.id);
      if ('error' in published) return published;
      const result = await store.commands.run('rollout.create', { ...input, once: null });
      if (result.outcome === 'created') return showRollout(parts, scope, { id: result.rollout.number, links });
      if (result.code === 'name-taken') return nameTaken(body.name);
      return { error: 'repo.constraintViolation', message: `The rollout is refused: ${result.code}` };
    },
    'rollouts.show': ({ scope, params, links }) => showRollout(parts, scope, { id: params.id, links }),
    'rollouts.change': async ({ scope, params, body, links }) => {
      const result = await store.commands.run('rollout.rename', { scope, id: params.id, change: body });
      if (result.outcome === 'changed') return showRollout(parts, scope, { id: params.id, links });
      return result.code === 'name-taken' ? nameTaken(body.name ?? '') : notFound('Rollout', params.id);
    },
    'rollouts.delete': async ({ scope, params }) => {
      const found = await findListedRollout(parts, scope, params.id);
      if (found === undefined) return notFound('Rollout', params.id);
      if (found.deleted !== null) return DONE;
      await store.commands.run('rollout.delete', { scope, id: params.id });
      return DONE;
    },
  };
}

/** A rollout that the lists of this door show: a deleted one, too, if it had been started. */
export async function findListedRollout({ store }: ManagementParts, scope: Scope, id: number) {
  const row = await findRolloutById(store.reader, scope.tenant, id);
  if (row === undefined || row.deleted === 'hidden') return undefined;
  return row.kind === 'rollout' || row.kind === 'return' ? row : undefined;
}

export async function showRollout(
  parts: ManagementParts,
  scope: Scope,
  { id, links }: { readonly id: number; readonly links: LinkMaker },
) {
  const row = await findListedRollout(parts, scope, id);
  if (row === undefined) return notFound('Rollout', id);
  const [facts] = await rolloutFacts(parts.store.reader, [row]);
  if (facts === undefined) throw new Error(`rollout ${id} shows nothing`);
  return { ok: rolloutView(facts, links, true) };
}

export function nameTaken(name: string): ManagementRefusal {
  return { error: 'repo.entityAlreadyExists', message: `Rollout with name {${name}} exists already.` };
}

type Wanted = { readonly body: NewRollout; readonly release: ReleaseRow };

/** The body in our words, on the targets that there are: looks at every one of them. */
async function inputOf(
  parts: ManagementParts,
  scope: Scope,
  { body, release }: Wanted,
): Promise<NewRolloutInput | ManagementRefusal> {
  const { store } = parts;
  const now = await store.now();
  const settings = await doorSettings(store.reader, scope.tenant);
  const { asksApproval, asksConsent } = settings;
  const plan = planRollout({ body, now, asksApproval, asksConsent });
  if ('error' in plan) return plan;
  const { name, description = '', weight = DEFAULT_WEIGHT } = body;
  const draft = {
    release: release.uid,
    filter: plan.filter,
    filterGiven: body.targetFilterQuery,
    weight,
    policy: plan.policy,
    phases: plan.groups.map(({ spec }) => spec),
    start: false,
    quota: assignmentQuota(parts, settings),
  };
  const read = await readDraft(store.longReader, scope, { draft, now });
  if (read.outcome !== 'read') return { error: 'repo.constraintViolation', message: 'The filter cannot be read' };
  if (read.counts.total === 0 && body.dynamic !== true)
    return { error: 'repo.constraintViolation', message: 'Rollout target filter does not match any existing targets' };
  const phases = sizedPhases(plan.groups, read.counts);
  if ('error' in phases) return phases;
  const sizes = phaseSizes(phasesFrom(phases), { all: read.counts.total, named: read.counts.named });
  const many = tooManyTargets(parts, 'A group of a rollout', Math.max(...sizes));
  if (many !== null) return many;
  const refused = read.problems.find(({ severity }) => severity === 'refused');
  if (refused !== undefined) return { error: 'repo.constraintViolation', message: refused.message };
  const grown = body.dynamic === true ? growingLike(phases, sizes) : phases;
  return { ...draft, phases: grown, scope, name, description };
}

/** Those that follow the last group of a dynamic rollout hold as many as it does, unless a template says how many. */
function growingLike(phases: readonly PhaseGiven[], sizes: readonly number[]): readonly PhaseGiven[] {
  const count = sizes.at(-1) ?? 0;
  return phases.map((phase, index) =>
    index < phases.length - 1 || count === 0 || (phase.growth ?? null) !== null
      ? phase
      : { ...phase, growth: { count, nameSuffix: '' } },
  );
}
