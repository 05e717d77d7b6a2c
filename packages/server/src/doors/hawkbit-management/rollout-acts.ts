import type { RolloutRow } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { fittingName } from '../../use-cases/fitting-name.ts';
import type { RolloutVerb } from '../../use-cases/rollout-acts.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import { DEFAULT_WEIGHT } from './rollout-weight.ts';
import { findListedRollout, nameTaken, showRollout } from './rollouts.ts';

type Deciding = 'rollouts.approve' | 'rollouts.deny';
type Moving = 'rollouts.start' | 'rollouts.pause' | 'rollouts.resume' | 'rollouts.stop' | 'rollouts.trigger-next-group';

export function rolloutActHandlers(parts: ManagementParts): ManagementHandlers<Deciding | Moving | 'rollouts.retry'> {
  const { store } = parts;
  const act =
    (verb: RolloutVerb) =>
    async ({ scope, params }: Act) =>
      actOn(parts, scope, { row: await findListedRollout(parts, scope, params.id), id: params.id, verb });
  const decide =
    (verb: 'approve' | 'deny') =>
    async ({ scope, params, query }: Act & { readonly query: { readonly remark?: string | undefined } }) => {
      const row = await findListedRollout(parts, scope, params.id);
      return actOn(parts, scope, { row, id: params.id, verb, note: query.remark ?? '' });
    };
  const goOn =
    (command: 'rollout.go-on' | 'rollout.start-next-phase') =>
    async ({ scope, params }: Act) => {
      if ((await findListedRollout(parts, scope, params.id)) === undefined) return notFound('Rollout', params.id);
      const result = await store.commands.run(command, { scope, id: params.id });
      return result.outcome === 'changed' ? DONE : illegalState(params.id);
    };
  return {
    'rollouts.approve': decide('approve'),
    'rollouts.deny': decide('deny'),
    'rollouts.start': act('start'),
    'rollouts.pause': act('pause'),
    'rollouts.stop': act('stop'),
    'rollouts.resume': goOn('rollout.go-on'),
    'rollouts.trigger-next-group': goOn('rollout.start-next-phase'),
    'rollouts.retry': async ({ scope, params, links }) => {
      const row = await findListedRollout(parts, scope, params.id);
      if (row === undefined) return notFound('Rollout', params.id);
      if (row.state !== 'finished' || row.deleted !== null) return illegalState(params.id);
      const name = fittingName(row.name, '_retry');
      const asked = { weight: DEFAULT_WEIGHT, filterGiven: `failedrollout==${row.id}` };
      const input = { scope, once: null, id: row.uid, name, start: false, asked };
      const result = await store.commands.run('rollout.retry', input);
      if (result.outcome === 'created') return showRollout(parts, scope, { id: result.rollout.number, links });
      if (result.code === 'name-taken') return nameTaken(name);
      return {
        error: 'repo.constraintViolation',
        message: 'Rollout target filter does not match any existing targets',
      };
    },
  };
}

type Act = { readonly scope: Scope; readonly params: { readonly id: number } };
type Acting = {
  readonly row: RolloutRow | undefined;
  readonly id: number;
  readonly verb: RolloutVerb;
  readonly note?: string;
};

const NOT_ALLOWED: ReadonlySet<string> = new Set(['self-approval', 'approval-needs-person', 'not-permitted']);

async function actOn({ store }: ManagementParts, scope: Scope, { row, id, verb, note }: Acting) {
  if (row === undefined) return notFound('Rollout', id);
  if (row.deleted !== null) return illegalState(id);
  const input = { scope, id: row.uid, expectedRevision: null, act: verb, ...(note === undefined ? {} : { note }) };
  const result = await store.commands.run('rollout.act', input);
  if (result.outcome === 'changed') return DONE;
  if (result.code === 'not-found') return notFound('Rollout', id);
  const isUnasked = verb === 'approve' && row.state !== 'awaiting-approval';
  if (!isUnasked && NOT_ALLOWED.has(result.code))
    return { error: 'insufficientPermission' as const, message: 'Insufficient Permission' };
  return illegalState(id);
}

function illegalState(id: number): ManagementRefusal {
  return { error: 'rollout.illegalState', message: `Rollout {${id}} is not in the state for that.` };
}
