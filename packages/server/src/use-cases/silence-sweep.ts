import {
  DECIDED_PER_SLICE,
  duePhase,
  listeningSince,
  MEMBERS_PER_SLICE,
  nextMembers,
  phasesOf,
  policyOf,
  setPhaseDue,
  takeDevice,
  type CommandContext,
  type SliceMember,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { stepAttempt } from './attempt-step.ts';

/** Where a sweep stands: behind the member on this device. Null: no rollout is being swept. */
export type SweepPlace = { readonly rollout: number; readonly device: number } | null;

/** How often silent members are looked for: at the limit's grain, within these bounds. */
const SWEEPS_PER_LIMIT = 4;
const MIN_SWEEP_MS = 1000;
const MAX_SWEEP_MS = 3_600_000;

/**
 * Ends what has not begun on devices that say nothing: one slice of the members of a rollout of which a phase is due; all
 * its started phases are swept at once (design: 6-data 17). `scopeOf` is in whose name it is done, by tenant.
 */
export async function sweepSilence(
  context: CommandContext,
  place: SweepPlace,
  scopeOf: (tenant: number) => Scope,
): Promise<SweepPlace> {
  const due = await duePhase(context.db, context.now);
  if (due === undefined) return null;
  const limitMs = policyOf(due.policy).timeLimits.silenceSeconds * 1000;
  const heardSince = await quietFrom(context, due.rollout);
  const after = place?.rollout === due.rollout ? place.device : 0;
  const members = await nextMembers(context.db, due.rollout, after);
  const silent = members
    .filter((one) => isSilent(one, { heardSince, before: context.now - limitMs }))
    .slice(0, DECIDED_PER_SLICE);
  for (const member of silent) {
    if (!(await takeDevice(context, due.tenant, member.device))) continue;
    await stepAttempt(context, scopeOf(due.tenant), {
      assignment: member.id,
      input: {
        type: 'due',
        lastContactAt: member.contactAt,
        listeningSince: quietSince(member, heardSince) ?? context.now,
        evidenceReportedAt: null,
      },
    });
  }
  const isFull = silent.length === DECIDED_PER_SLICE;
  const last = isFull ? silent.at(-1) : members.at(-1);
  if (last !== undefined && (isFull || members.length === MEMBERS_PER_SLICE))
    return { rollout: due.rollout, device: last.device };
  const interval = Math.min(Math.max(limitMs / SWEEPS_PER_LIMIT, MIN_SWEEP_MS), MAX_SWEEP_MS);
  for (const number of heardSince.keys())
    await setPhaseDue(context, { rollout: due.rollout, number }, context.now + Math.ceil(interval));
  return null;
}

/** From when on silence counts, by started phase: nothing is missed before it, nor while no server listened. */
async function quietFrom({ db, now }: CommandContext, rollout: number): Promise<ReadonlyMap<number, number>> {
  const since = await listeningSince(db);
  const started = (await phasesOf(db, [rollout])).filter(({ state }) => state === 'started');
  return new Map(started.map((phase) => [phase.number, Math.max(since, phase.started_at ?? now)]));
}

function isSilent(
  member: SliceMember,
  { heardSince, before }: { readonly heardSince: ReadonlyMap<number, number>; readonly before: number },
): boolean {
  const since = quietSince(member, heardSince);
  if (since === null || !member.isOpen || member.hasBegun) return false;
  return Math.max(member.contactAt ?? 0, since) <= before;
}

/** Neither a late-comer nor new hardware is silent for what it was not a member of. */
function quietSince({ phase, joinedAt }: SliceMember, heardSince: ReadonlyMap<number, number>): number | null {
  const since = heardSince.get(phase);
  return since === undefined ? null : Math.max(since, joinedAt);
}
