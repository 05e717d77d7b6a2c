import type { FieldReader } from '@updraft/core';
import { ROLLOUT_GROUP_SEARCH } from '@updraft/protocols/hawkbit-management';
import { type ListDeclaration, type PhaseRow, phaseSpecOf, selectDeviceIdsOfPhase } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { auditOf } from './audit.ts';
import { type ManagementHandlers, type ManagementParts, notFound } from './handler.ts';
import { searchable } from './read-list.ts';
import { answerRows } from './read-rows.ts';
import { groupIdOf, groupNameOf, groupView, type RolloutFacts, rolloutFacts } from './rollout-view.ts';
import { findListedRollout } from './rollouts.ts';
import { answerTargets } from './target-reading.ts';

/** Groups are few, and looked through in memory: no column is read by these names. */
const IN_MEMORY: ListDeclaration = {
  fields: {
    number: { type: 'number', column: 'number', sortable: true },
    name: { type: 'text', column: 'name' },
    description: { type: 'text', column: 'description' },
    createdAt: { type: 'instant', column: 'createdAt' },
    createdBy: { type: 'text', column: 'createdBy' },
    changedAt: { type: 'instant', column: 'changedAt' },
    changedBy: { type: 'text', column: 'changedBy' },
  },
  id: 'number',
  defaultSort: 'number',
};
const GROUPS = searchable(IN_MEMORY, ROLLOUT_GROUP_SEARCH, { defaultOrder: { field: 'number', descending: false } });

export function rolloutGroupHandlers(
  parts: ManagementParts,
): ManagementHandlers<'rollouts.groups' | 'rollouts.group' | 'rollouts.group-targets'> {
  const { store } = parts;
  return {
    'rollouts.groups': async ({ scope, params, query, links }) => {
      const facts = await factsOf(parts, scope, params.id);
      if (facts === undefined) return notFound('Rollout', params.id);
      const shown = { links, isFull: query.representation === 'full' };
      const source = { rows: facts.phases, read: groupReader(facts), now: await store.now() };
      return answerRows(source, { list: GROUPS, query }, (phase) => groupView(facts, phase, shown));
    },
    'rollouts.group': async ({ scope, params, links }) => {
      const facts = await factsOf(parts, scope, params.id);
      if (facts === undefined) return notFound('Rollout', params.id);
      const phase = phaseOf(facts, params.groupId);
      if (phase === undefined) return notFound('RolloutGroup', params.groupId);
      return { ok: groupView(facts, phase, { links, isFull: true }) };
    },
    'rollouts.group-targets': async ({ scope, params, query, links }) => {
      const facts = await factsOf(parts, scope, params.id);
      if (facts === undefined) return notFound('Rollout', params.id);
      const phase = phaseOf(facts, params.groupId);
      if (phase === undefined) return notFound('RolloutGroup', params.groupId);
      const rows = selectDeviceIdsOfPhase(store.longReader, scope.tenant, phase);
      return answerTargets(parts, { scope, links }, { rows, query });
    },
  };
}

async function factsOf(parts: ManagementParts, scope: Scope, id: number): Promise<RolloutFacts | undefined> {
  const row = await findListedRollout(parts, scope, id);
  return row === undefined ? undefined : (await rolloutFacts(parts.store.reader, [row]))[0];
}

function phaseOf({ phases }: RolloutFacts, groupId: number): PhaseRow | undefined {
  return phases.find((phase) => groupIdOf(phase) === groupId);
}

/** Groups were made and changed with their rollout. */
function groupReader({ row }: RolloutFacts) {
  const audit = auditOf(row);
  return (phase: PhaseRow): FieldReader => {
    const spec = phaseSpecOf(phase.spec);
    const values: Readonly<Record<string, string | number>> = {
      number: groupIdOf(phase),
      name: groupNameOf(phase, spec),
      description: spec.written?.description ?? '',
      createdAt: audit.createdAt,
      createdBy: audit.createdBy,
      changedAt: audit.lastModifiedAt,
      changedBy: audit.lastModifiedBy,
    };
    return (field) => (field in values ? [values[field] ?? ''] : []);
  };
}
