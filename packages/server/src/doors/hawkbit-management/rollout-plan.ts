import { writeFilter, type Filter } from '@updraft/core';
import {
  type GivenConditions,
  type GivenGroup,
  MAX_GROUPS,
  type NewRollout,
  policyOfWire,
} from '@updraft/protocols/hawkbit-management';
import { DEVICE_LIST } from '@updraft/store';
import type { PhaseGiven, PolicyGiven } from '../../use-cases/policy-view.ts';
import { timestamp } from '../../use-cases/timestamp.ts';
import type { ManagementRefusal } from './handler.ts';
import { readSearch } from './read-list.ts';
import { TARGETS } from './target-reading.ts';

/** What hawkBit's body asks for, in our words; sizes of groups without a filter are settled once the targets are counted. */
type RolloutPlan = {
  readonly filter: string;
  readonly policy: PolicyGiven;
  readonly groups: readonly PlannedGroup[];
};

/** `share`: percent, as it was written; `filter`: in our names, null: none. */
type PlannedGroup = {
  readonly spec: PhaseGiven;
  readonly share: number;
  readonly filter: string | null;
};

type Asked = {
  readonly body: NewRollout;
  readonly now: number;
  readonly asksApproval: boolean;
  readonly asksConsent: boolean;
};

export function planRollout(asked: Asked): RolloutPlan | ManagementRefusal {
  const { body } = asked;
  const wrong = contradiction(body);
  if (wrong !== null) return { error: 'repo.constraintViolation', message: wrong };
  const groups = body.groups ?? equalGroups(body);
  if (groups.length > MAX_GROUPS)
    return { error: 'quota.tooManyEntries', message: `A rollout has at most ${MAX_GROUPS} groups.` };
  const filter = ownFilter(body.targetFilterQuery);
  if (typeof filter !== 'string') return filter;
  const planned: PlannedGroup[] = [];
  for (const [index, group] of groups.entries()) {
    const asks = asked.asksConsent && isAsked(group, body);
    const asksConsent = asks === asksAnywhere(asked) ? null : asks;
    const one = plannedGroup(group, { body, name: group.name ?? `group-${index + 1}`, asksConsent });
    if ('error' in one) return one;
    planned.push(one);
  }
  return { filter, policy: policyOf(asked), groups: grown(planned, body) };
}

/** The text of a filter under our names. */
export function ownFilter(query: string): string | ManagementRefusal {
  const filter: Filter | ManagementRefusal = readSearch(TARGETS.search, query);
  return 'error' in filter ? filter : writeFilter(filter, DEVICE_LIST.fields);
}

function contradiction({ amountGroups, groups, dynamic = false, dynamicGroupTemplate }: NewRollout): string | null {
  if (groups !== undefined && amountGroups !== undefined) return 'Either amountGroups or groups can be given';
  if (groups !== undefined && dynamic) return 'A dynamic rollout cannot have groups of its own';
  if (groups?.length === 0) return 'A rollout needs at least one group';
  if (dynamicGroupTemplate !== undefined && !dynamic) return 'Only a dynamic rollout has a dynamicGroupTemplate';
  const isPurelyDynamic = dynamic && dynamicGroupTemplate !== undefined;
  if (amountGroups === 0 && !isPurelyDynamic) return 'A rollout needs at least one group';
  return null;
}

/** A purely dynamic rollout begins with a group that holds nobody yet. */
function equalGroups({ amountGroups = 1 }: NewRollout): readonly GivenGroup[] {
  const amount = Math.min(Math.max(amountGroups, 1), MAX_GROUPS + 1);
  return Array.from({ length: amount }, () => ({ targetPercentage: 100 / amount }));
}

type Around = { readonly body: NewRollout; readonly name: string; readonly asksConsent: boolean | null };

function plannedGroup(group: GivenGroup, { body, name, asksConsent }: Around): PlannedGroup | ManagementRefusal {
  const { targetFilterQuery = '', targetPercentage: share = 100, description = '' } = group;
  const filter = targetFilterQuery === '' ? null : ownFilter(targetFilterQuery);
  if (filter !== null && typeof filter !== 'string') return filter;
  if (filter !== null && share < 100) {
    const message = 'A group with a filter of its own takes all targets that it names: leave targetPercentage out';
    return { error: 'repo.constraintViolation', message };
  }
  const written = { description, filter: targetFilterQuery, percent: share };
  const size = filter === null ? ({ by: 'rest' } as const) : { by: 'filter' as const, filter };
  return { spec: { name, size, ...conditionsOf(group, body), asksConsent, written }, share, filter };
}

const DEFAULT_SUCCESS_PERCENT = 50;
const DEFAULT_ERROR_PERCENT = 50;

/** What a group leaves open is as its rollout says, or as hawkBit does. An error counts from the first on. */
function conditionsOf(group: GivenConditions, rollout: GivenConditions) {
  const percentOf = (own: string | undefined, rollouts: string | undefined, usual: number) =>
    Number(own ?? rollouts ?? usual);
  const next = group.successAction?.action ?? rollout.successAction?.action ?? 'NEXTGROUP';
  return {
    successPercent: percentOf(
      group.successCondition?.expression,
      rollout.successCondition?.expression,
      DEFAULT_SUCCESS_PERCENT,
    ),
    error: {
      percent: percentOf(group.errorCondition?.expression, rollout.errorCondition?.expression, DEFAULT_ERROR_PERCENT),
      minimum: 1,
    },
    next: next === 'PAUSE' ? ('hand' as const) : ('automatic' as const),
  };
}

/** The last group of a rollout with a template holds so many at most, and others follow it. */
function grown(groups: readonly PlannedGroup[], { dynamicGroupTemplate: template }: NewRollout) {
  if (template === undefined) return groups;
  const growth = { count: template.targetCount, nameSuffix: template.nameSuffix };
  return groups.map((group, index) =>
    index < groups.length - 1 ? group : { ...group, spec: { ...group.spec, growth } },
  );
}

/** A group asks unless it, or its rollout, says that it does not. */
function isAsked(group: GivenGroup, { confirmationRequired = true }: NewRollout): boolean {
  return group.confirmationRequired ?? confirmationRequired;
}

/** A rollout asks as soon as one of its groups does; the others say that they do not. */
function asksAnywhere({ body, asksConsent }: Asked): boolean {
  return asksConsent && (body.groups ?? [{}]).some((group) => isAsked(group, body));
}

function policyOf(asked: Asked): PolicyGiven {
  const { body, now, asksApproval } = asked;
  const { startAt, dynamic = false } = body;
  const start =
    startAt === undefined
      ? ({ by: 'hand' } as const)
      : startAt <= now
        ? ({ by: 'ready' } as const)
        : { by: 'time' as const, at: timestamp(startAt) };
  return {
    ...policyOfWire({ type: body.type, forcetime: body.forcetime, needsConsent: asksAnywhere(asked) }),
    start,
    dynamic,
    approval: asksApproval ? 'by-right' : 'none',
  };
}

type TargetCounts = {
  readonly total: number;
  /** By the group whose filter names them. */ readonly named: ReadonlyMap<number, number>;
};

/**
 * The phases with their sizes. A group's percentage is that of the targets that are still left; where the percentages
 * together make no more than 100, of all. The groups must have all targets.
 */
export function sizedPhases(
  groups: readonly PlannedGroup[],
  { total, named }: TargetCounts,
): readonly PhaseGiven[] | ManagementRefusal {
  const free = groups.filter(({ filter }) => filter === null);
  const sum = free.reduce((all, { share }) => all + share, 0);
  const isOfAll = sum <= 100 + NOISE;
  const all =
    total - groups.reduce((taken, { filter }, index) => taken + (filter === null ? 0 : (named.get(index + 1) ?? 0)), 0);
  let left = all;
  const last = free.at(-1);
  const phases = groups.map((group): PhaseGiven => {
    if (group.filter !== null) return group.spec;
    const wanted = isOfAll ? (group.share / 100) * all : (group.share / 100) * left;
    const isRest = group === last && (isOfAll ? sum >= 100 - NOISE : group.share === 100);
    const count = isRest ? left : Math.min(left, Math.round(wanted));
    left -= count;
    const size = count > 0 ? { by: 'count' as const, count } : { by: 'percent' as const, percent: 0 };
    return { ...group.spec, size: isRest ? { by: 'rest' } : size };
  });
  if (left > 0) return { error: 'repo.constraintViolation', message: 'The groups do not have all targets' };
  return phases;
}

/** Percentages are sums of decimal fractions. */
const NOISE = 1e-6;
