import {
  parseFilter,
  phaseSizes,
  rolloutProblems,
  unaskedOf,
  type PhaseSpec,
  type RolloutPolicy,
  type RolloutProblem,
} from '@updraft/core';
import {
  DEVICE_LIST,
  draftCounts,
  filterMoments,
  findRelease,
  isSiteTold,
  shortestInstallSeconds,
  type AssignmentQuota,
  type Choice,
  type DraftCounts,
  type ReleaseRow,
  type Schema,
} from '@updraft/store';
import type { Kysely } from 'kysely';
import type { Scope } from '../access/scope.ts';
import { refused } from './outcome.ts';
import { phasesFrom, policyFrom, type PhaseGiven, type PolicyGiven } from './policy-view.ts';
import { foreseenReturn } from './return-plan.ts';

/** What somebody asks for before it is made. */
export type DraftInput = {
  /** Uid. */
  readonly release: string;
  /** RSQL over devices; empty: all. */
  readonly filter: string;
  /** The filter as it was written, where that was under another API's names. */
  readonly filterGiven?: string;
  readonly weight: number;
  readonly policy: PolicyGiven;
  readonly phases?: readonly PhaseGiven[] | undefined;
  readonly start: boolean;
  /** How many assignments its devices may have; left out: any number. */
  readonly quota?: AssignmentQuota | undefined;
};

/** A draft with what the fleet says of it. */
export type Draft = {
  readonly outcome: 'read';
  readonly release: ReleaseRow;
  readonly choice: Choice;
  readonly counts: DraftCounts;
  /** Devices of each phase, in order. */
  readonly sizes: readonly number[];
  readonly problems: readonly RolloutProblem[];
};

/** The policy that a new rollout is given; `start` is short for a start when ready. */
export function draftPolicy({ policy, start }: Pick<DraftInput, 'policy' | 'start'>): RolloutPolicy {
  return policyFrom(start ? { start: { by: 'ready' }, ...policy } : policy);
}

/** What a draft would be, and everything that makes it impossible or surprising. Looks at every device of the tenant. */
export async function readDraft(
  reader: Kysely<Schema>,
  scope: Scope,
  { draft, now }: { readonly draft: DraftInput; readonly now: number },
) {
  const release = await findRelease(reader, scope.tenant, draft.release);
  if (release === undefined) return refused('not-found');
  const phases = phasesFrom(draft.phases);
  const unread = filterProblem(draft.filter, phases);
  if (unread !== null) return { ...refused('filter-invalid'), detail: unread };
  const moments = await filterMoments(reader, scope.tenant, now);
  const link = { parent: null, relation: null, previous_release: null };
  const own = { tenant: scope.tenant, release: release.id, filter: draft.filter };
  const choice: Choice = { ...link, ...own, ...roomOf(draft), phases, moments };
  const counts = await draftCounts(reader, choice);
  const counted = { all: counts.total, named: counts.named };
  const sizes = phaseSizes(phases, counted);
  const policy = draftPolicy(draft);
  const left = { tenant: scope.tenant, counter: release.counter };
  const back = policy.onFailure === 'return' ? await foreseenReturn(reader, choice, left) : null;
  const facts = {
    matched: counts.matched,
    compatible: counts.total,
    phaseTotals: sizes,
    unasked: unaskedOf(phases, counted),
    shortestInstallSeconds: await shortestInstallSeconds(reader, { tenant: scope.tenant, release: release.id }),
    returnObstacles: back?.obstacles ?? [],
    returnUnknown: back?.unknown ?? 0,
    isSiteTold: await isSiteTold(reader, scope.tenant),
  };
  const asked = { filter: draft.filter, phases, policy, startsAtOnce: draft.start };
  const problems = rolloutProblems(asked, facts, now);
  return { outcome: 'read', release, choice, counts, sizes, problems } satisfies Draft;
}

/** Where room is made, devices count as if they had it. */
function roomOf({ quota }: DraftInput): Pick<Choice, 'assignments_max'> {
  return quota === undefined || quota.removedPercent > 0 ? {} : { assignments_max: quota.most };
}

/** Why a filter of a rollout, or of one of its phases, cannot be read; null where all can. */
export function filterProblem(filter: string, phases: readonly PhaseSpec[]): string | null {
  const all: (readonly [string, string])[] = [
    ['', filter],
    ...phases.flatMap(({ size }, index): (readonly [string, string])[] =>
      size.by === 'filter' ? [[`phase ${index + 1}: `, size.filter]] : [],
    ),
  ];
  for (const [place, text] of all) {
    const parsed = parseFilter(text, DEVICE_LIST.fields);
    if (parsed.outcome === 'refused') return `${place}${parsed.problem.message}`;
  }
  return null;
}
