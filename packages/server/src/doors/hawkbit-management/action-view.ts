import { completePolicy, type RolloutPolicy, windowAt } from '@updraft/core';
import { type Action, actionStatus, urgencyOnWire, writtenWindow } from '@updraft/protocols/hawkbit-management';
import type { AssignmentDetail } from '@updraft/store';
import type { LinkMaker } from './links.ts';

export type ActionContext = { readonly links: LinkMaker; readonly now: number; readonly isFull: boolean };

/** An assignment as an action; `isFull`: with the links of one that is asked for by itself. */
export function actionView(row: AssignmentDetail, { links, now, isFull }: ActionContext): Action {
  const policy = completePolicy(JSON.parse(row.policy) as Partial<RolloutPolicy>);
  const urgency = urgencyOnWire(row.forced === 1 ? { action: forced(policy) } : policy);
  const changedAt = row.ended_at ?? row.state_at ?? row.created_at;
  const isRollout = isListed(row);
  const self = links`/targets/${row.device_name}/actions/${row.number}`;
  return {
    id: row.number,
    createdBy: row.created_by,
    createdAt: row.created_at,
    lastModifiedBy: row.created_by,
    lastModifiedAt: changedAt,
    ...actionStatus(row.standing),
    active: row.ended_at === null,
    ...urgency,
    weight: row.weight,
    maintenanceWindow: windowOf(policy, now),
    rollout: isRollout ? row.rollout_id : null,
    rolloutName: isRollout ? row.rollout_name : null,
    lastStatusCode: row.last_code,
    _links: isFull ? { self, ...linksOf(row, links) } : { self },
  };
}

/** Direct and automatic assignments are carried by rollouts that are shown nowhere. */
function isListed({ rollout_kind: kind }: AssignmentDetail): boolean {
  return kind === 'rollout' || kind === 'return';
}

function forced({ action }: RolloutPolicy): RolloutPolicy['action'] {
  return action.kind === 'soft' || action.kind === 'time-forced' ? { kind: 'forced' } : action;
}

/** Only a window in a zone of its own is one of this wire's. */
function windowOf({ windows: { windows } }: RolloutPolicy, now: number): Action['maintenanceWindow'] {
  const [rule] = windows;
  if (rule?.zone === undefined) return null;
  const { opensAt, isOpen } = windowAt({ windows: [rule], blackouts: [] }, rule.zone, now);
  return { ...writtenWindow({ ...rule, zone: rule.zone }), nextStartAt: isOpen ? now : opensAt };
}

function linksOf(row: AssignmentDetail, links: LinkMaker): Action['_links'] {
  const { device_name: target, number } = row;
  const { type } = actionStatus(row.standing);
  return {
    ...(type === 'cancel' ? { canceledaction: links`/targets/${target}/actions/${number}` } : {}),
    target: { ...links`/targets/${target}`, name: target },
    distributionset: {
      ...links`/distributionsets/${row.release_id}`,
      name: `${row.release_name}:${row.release_version}`,
    },
    status: links`/targets/${target}/actions/${number}/status?offset=0&limit=50&sort=id:DESC`,
    ...(isListed(row) ? { rollout: { ...links`/rollouts/${row.rollout_id}`, name: row.rollout_name } } : {}),
  };
}
