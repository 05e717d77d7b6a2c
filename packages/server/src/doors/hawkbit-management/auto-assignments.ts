import type { RolloutState } from '@updraft/core';
import {
  type AutoAssignment,
  AUTO_ASSIGNMENT_SEARCH,
  type AutoStatus,
  type NewAutoAssignment,
  policyOfWire,
  urgencyOnWire,
} from '@updraft/protocols/hawkbit-management';
import { AUTO_ROLLOUT_LIST, findRolloutById, policyOf, type RolloutRow, selectAutoRollouts } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { policyFrom, type PolicyGiven } from '../../use-cases/policy-view.ts';
import type { RolloutVerb } from '../../use-cases/rollout-acts.ts';
import { timestamp } from '../../use-cases/timestamp.ts';
import { assignmentQuota } from './action-quota.ts';
import { publishedRelease } from './publish-for-door.ts';
import { auditOf } from './audit.ts';
import { type DoorSettings, doorSettings } from './door-settings.ts';
import { DONE, type ManagementHandlers, type ManagementParts, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { answerList, searchable } from './read-list.ts';
import { ownFilter } from './rollout-plan.ts';
import { DEFAULT_WEIGHT } from './rollout-weight.ts';
import { tooManyMatching } from './target-quota.ts';
import { WRONG_TYPE } from './target-filters.ts';

export const AUTOS = searchable(AUTO_ROLLOUT_LIST, AUTO_ASSIGNMENT_SEARCH, {
  defaultOrder: { field: 'number', descending: false },
});

type Writing =
  | 'auto-assignments.list'
  | 'auto-assignments.create'
  | 'auto-assignments.show'
  | 'auto-assignments.change'
  | 'auto-assignments.delete';
type Acting =
  | 'auto-assignments.approve'
  | 'auto-assignments.deny'
  | 'auto-assignments.start'
  | 'auto-assignments.pause'
  | 'auto-assignments.resume';

export function autoAssignmentHandlers(parts: ManagementParts): ManagementHandlers<Writing | Acting> {
  return { ...writing(parts), ...acting(parts) };
}

function writing(parts: ManagementParts): ManagementHandlers<Writing> {
  const { store } = parts;
  const show = async (scope: Scope, id: number, links: LinkMaker) => {
    const row = await findAuto(parts, scope, id);
    return row === undefined ? notFound('AutoAssignment', id) : { ok: autoView(row, links, true) };
  };
  return {
    'auto-assignments.list': ({ scope, query, links }) => {
      const reader = store.longReader;
      const source = { reader, query: selectAutoRollouts(reader, scope.tenant) };
      const isFull = query.representation === 'full';
      return answerList(source, { list: AUTOS, query }, (rows) => rows.map((row) => autoView(row, links, isFull)));
    },
    'auto-assignments.create': async ({ scope, body, links }) => {
      if (body.actionType === 'timeforced') return WRONG_TYPE;
      const filter = ownFilter(body.targetFilterQuery);
      if (typeof filter !== 'string') return filter;
      const release = await publishedRelease(parts, scope, body.distributionSetId);
      if ('error' in release) return release;
      const many = await tooManyMatching(parts, scope, { release: release.id, filter });
      if (many !== null) return many;
      const now = await store.now();
      const settings = await doorSettings(store.reader, scope.tenant);
      const policy = policyFrom(wantedPolicy(body, settings, now));
      const { name, description = '', weight = DEFAULT_WEIGHT, targetFilterQuery: filterGiven } = body;
      const quota = assignmentQuota(parts, settings);
      const asked = { name, description, weight, filter, filterGiven, policy, quota };
      const result = await store.commands.run('auto-assignment.create', { scope, ...asked, release: release.uid });
      if (result.outcome === 'created') return show(scope, result.number, links);
      return notFound('DistributionSet', body.distributionSetId);
    },
    'auto-assignments.show': ({ scope, params, links }) => show(scope, params.id, links),
    'auto-assignments.change': async ({ scope, params, body, links }) => {
      if ((await findAuto(parts, scope, params.id)) === undefined) return notFound('AutoAssignment', params.id);
      await store.commands.run('rollout.rename', { scope, id: params.id, change: body });
      return show(scope, params.id, links);
    },
    'auto-assignments.delete': async ({ scope, params }) => {
      if ((await findAuto(parts, scope, params.id)) === undefined) return notFound('AutoAssignment', params.id);
      const result = await store.commands.run('rollout.delete', { scope, id: params.id });
      return result.outcome === 'deleted' ? DONE : notFound('AutoAssignment', params.id);
    },
  };
}

function acting(parts: ManagementParts): ManagementHandlers<Acting> {
  type Act = { readonly scope: Scope; readonly params: { readonly id: number } };
  const run = async ({ scope, params }: Act, act: RolloutVerb, note?: string) => {
    const row = await findAuto(parts, scope, params.id);
    if (row === undefined) return notFound('AutoAssignment', params.id);
    const said = note === undefined ? {} : { note };
    const input = { scope, id: row.uid, expectedRevision: null, act, ...said };
    const result = await parts.store.commands.run('rollout.act', input);
    if (result.outcome === 'changed') return DONE;
    const message = `Auto assignment {${params.id}} is not in the state for that.`;
    return { error: 'auto.assignment.illegalState' as const, message };
  };
  return {
    'auto-assignments.approve': (request) => run(request, 'approve', request.query.remark ?? ''),
    'auto-assignments.deny': (request) => run(request, 'deny', request.query.remark ?? ''),
    'auto-assignments.start': (request) => run(request, 'start'),
    'auto-assignments.pause': (request) => run(request, 'pause'),
    'auto-assignments.resume': (request) => run(request, 'resume'),
  };
}

/** Nobody comes to what was deleted, or was replaced by another rule of its filter. */
async function findAuto({ store }: ManagementParts, scope: Scope, id: number): Promise<RolloutRow | undefined> {
  const row = await findRolloutById(store.reader, scope.tenant, id);
  if (row === undefined || row.kind !== 'auto' || row.deleted !== null) return undefined;
  return row.join_at !== null || row.started_at === null ? row : undefined;
}

function wantedPolicy(body: NewAutoAssignment, settings: DoorSettings, now: number): PolicyGiven {
  const { startAt, confirmationRequired = true, actionType: type } = body;
  const asksConsent = settings.asksConsent && confirmationRequired;
  const start =
    startAt === undefined
      ? ({ by: 'hand' } as const)
      : startAt <= now
        ? ({ by: 'ready' } as const)
        : { by: 'time' as const, at: timestamp(startAt) };
  const approval = settings.asksAutoApproval ? 'by-right' : 'none';
  return { ...policyOfWire({ type, needsConsent: asksConsent }), start, approval };
}

const STATUS: Readonly<Record<RolloutState, AutoStatus>> = {
  creating: 'ready',
  'awaiting-approval': 'waiting_for_approval',
  ready: 'ready',
  running: 'running',
  paused: 'paused',
  stopping: 'paused',
  stopped: 'paused',
  finished: 'paused',
};

export function autoView(row: RolloutRow, links: LinkMaker, isFull: boolean): AutoAssignment {
  const policy = policyOf(row.policy);
  const { forceType: type } = urgencyOnWire(policy);
  const status = row.reason === 'denied' ? 'approval_denied' : STATUS[row.state];
  return {
    ...auditOf(row),
    id: row.id,
    name: row.name,
    description: row.description === '' ? null : row.description,
    targetFilterQuery: row.filter_given === '' ? row.filter : row.filter_given,
    distributionSetId: row.release,
    status,
    startAt: policy.start.by === 'time' ? policy.start.at : null,
    actionType: type === 'timeforced' ? 'forced' : type,
    weight: row.weight,
    confirmationRequired: policy.consent.required,
    approvalDecidedBy: row.approved_by,
    approvalRemark: row.approval_note === '' ? null : row.approval_note,
    _links: isFull ? linksOf(row, status, links) : { self: links`/autoassignments/${row.id}` },
  };
}

const ACTS: Readonly<Record<AutoStatus, readonly string[]>> = {
  waiting_for_approval: ['approve', 'deny'],
  approval_denied: [],
  ready: ['start'],
  paused: ['resume'],
  running: ['pause'],
};

/** What can be done to it now. */
function linksOf({ id, release }: RolloutRow, status: AutoStatus, links: LinkMaker): AutoAssignment['_links'] {
  return {
    self: links`/autoassignments/${id}`,
    distributionset: links`/distributionsets/${release}`,
    ...Object.fromEntries(ACTS[status].map((act) => [act, links`/autoassignments/${id}/${act}`])),
  };
}
