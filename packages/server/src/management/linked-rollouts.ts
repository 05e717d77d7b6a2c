import { returnProblems, type RolloutProblem } from '@updraft/core';
import { findReleaseById, findRollout, phaseSpecOf, phasesOf, policyOf, type Store } from '@updraft/store';
import type { Handlers } from '../http/mount.ts';
import { refusalOf } from '../http/problems.ts';
import type { Commands } from '../use-cases/commands.ts';
import type { Scope } from '../access/scope.ts';
import { withLeftOut } from '../use-cases/left-out.ts';
import { startedByHand } from '../use-cases/linked-rollout-commands.ts';
import { policyView } from '../use-cases/policy-view.ts';
import { planReturn, withdrawnDevices, type ReturnPlan } from '../use-cases/return-plan.ts';
import { previewReturn } from '../use-cases/return-preview.ts';
import { readDraft } from '../use-cases/rollout-draft.ts';
import { NO_EMERGENCY, type HandlerParts } from './handler-parts.ts';
import { impossibleRefusal } from './impossible-rollout.ts';

/** Rollouts that are made from others. */
export function linkedRolloutHandlers({
  store,
}: HandlerParts): Handlers<'rollouts.clone' | 'rollouts.retry' | 'rollouts.return' | 'rollouts.preview-return'> {
  return {
    'rollouts.clone': async ({ scope, params, body, once }) => {
      const problems = await cloneProblems(store, scope, params.id);
      const input = { scope, id: params.id, name: body.name, problems, once };
      const result = await store.commands.run('rollout.clone', input);
      if (result.outcome === 'created')
        return { ok: result.rollout, location: `/rollouts/${result.rollout.id}`, replayed: result.replayed };
      if ('problems' in result) return impossibleRefusal(result.problems);
      return refusalOf(result.code, {
        ...UNPUBLISHED,
        ...NO_EMERGENCY,
        'filter-invalid': 'detail' in result ? result.detail : '',
        'name-taken': nameTaken(body.name),
        'rollout-state':
          'Only a rollout that somebody made is cloned, no return and no direct or automatic assignment.',
      });
    },
    'rollouts.retry': async ({ scope, params, body, once }) => {
      const result = await store.commands.run('rollout.retry', { scope, id: params.id, ...body, once });
      if (result.outcome === 'created')
        return { ok: result.rollout, location: `/rollouts/${result.rollout.id}`, replayed: result.replayed };
      return refusalOf(result.code, {
        ...UNPUBLISHED,
        ...NO_EMERGENCY,
        'name-taken': nameTaken(body.name ?? ''),
        'none-failed': 'No device of this rollout has failed; there is nothing to try again.',
      });
    },
    'rollouts.return': async ({ scope, params, ifMatch }) => {
      const plan = await planFor(store, scope, params.id);
      if (plan === null) return refusalOf('not-found', {});
      const input = { scope, id: params.id, expectedRevision: ifMatch, plan };
      const result = await store.commands.run('rollout.return', input);
      if (result.outcome === 'changed') {
        const rollouts = await withLeftOut(store.longReader, scope, result.made);
        return { ok: { rollouts, unknown: plan.unknown, withdrawn: withdrawnDevices(plan.obstacles) } };
      }
      if ('obstacles' in result) return impossibleRefusal(returnProblems(result.obstacles));
      return refusalOf(result.code, NO_RETURN);
    },
    'rollouts.preview-return': async ({ scope, params }) => {
      const now = await store.now();
      const result = await previewReturn(store.longReader, scope, { id: params.id, now });
      return result.outcome === 'previewed' ? { ok: result.view } : refusalOf(result.code, NO_RETURN);
    },
  };
}

const NO_RETURN = { 'rollout-state': 'Its devices have been brought back already, or it is a return itself.' };

const UNPUBLISHED = { 'release-not-published': 'Its release has been withdrawn; make a rollout of another.' };

function nameTaken(name: string): string {
  return `A rollout named "${name}" stands already; give another name.`;
}

/** What the same rollout would be today. One over the failed of another has its members already. */
async function cloneProblems(store: Store<Commands>, scope: Scope, id: string): Promise<readonly RolloutProblem[]> {
  const row = await findRollout(store.reader, scope.tenant, id);
  const release = row && (await findReleaseById(store.reader, scope.tenant, row.release));
  if (row === undefined || release === undefined || row.relation === 'retry') return [];
  const draft = {
    release: release.uid,
    filter: row.filter,
    weight: row.weight,
    policy: policyView(startedByHand(policyOf(row.policy))),
    phases: (await phasesOf(store.reader, [row.id])).map(({ spec }) => phaseSpecOf(spec)),
    start: false,
  };
  const read = await readDraft(store.longReader, scope, { draft, now: await store.now() });
  return read.outcome === 'read' ? read.problems : [];
}

/** Reads every member, on the thread for long reads. */
async function planFor(store: Store<Commands>, scope: Scope, id: string): Promise<ReturnPlan | null> {
  const rollout = await findRollout(store.reader, scope.tenant, id);
  return rollout === undefined ? null : planReturn(store.longReader, rollout);
}
