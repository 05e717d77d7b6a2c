import { atContact, GATES, gatesOf, nextLook, successorOf, type Gate, type OpenAssignment } from '@updraft/core';
import type { RolloutWhy } from '@updraft/protocols';
import {
  findRollout,
  MEMBERS_PER_SLICE,
  nextMembers,
  phaseSpecOf,
  phasesOf,
  readDeviceAtContact,
  type PhaseRow,
  type RolloutRow,
  type Schema,
} from '@updraft/store';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import type { Scope } from '../access/scope.ts';
import { lookOf } from './rollout-look.ts';
import { aggregateOf } from './rollout-moves.ts';
import { timestamp } from './timestamp.ts';

export type RolloutWhyView = z.output<typeof RolloutWhy>;
type Hold = RolloutWhyView['holds'][number];

/** Devices whose gates are read; more are told of as a sample. */
const SAMPLED_DEVICES = 500;
/** Members that are looked through for open ones. */
const MAX_SLICES = 50;
const EXAMPLES = 3;

/** What holds a rollout: itself first, then the gates of its devices by how many each holds. Undefined: there is none. */
export async function explainRollout(
  reader: Kysely<Schema>,
  scope: Scope,
  { id, now }: { readonly id: string; readonly now: number },
): Promise<RolloutWhyView | undefined> {
  const rollout = await findRollout(reader, scope.tenant, id);
  if (rollout === undefined) return undefined;
  const phases = await phasesOf(reader, [rollout.id]);
  const { counts, firstWindowAt } = await lookOf({ db: reader, now }, rollout);
  const open = [...counts.values()].reduce((sum, phase) => sum + phase.open, 0);
  const looked = await lookAtMembers(reader, { rollout: rollout.id, now });
  const holds = [...holdsOf(rollout, { phases, counts, firstWindowAt }), ...othersFirst(looked)];
  const gates = byGate(looked);
  return {
    rollout: rollout.uid,
    state: rollout.state,
    summary: summaryOf(rollout, { holds, gates, open }),
    holds,
    open,
    looked: looked.length,
    isSampled: looked.length < open,
    gates,
  };
}

type Looked = {
  readonly device: string;
  readonly gates: readonly Gate[];
  readonly isCurrent: boolean;
  readonly isBegun: boolean;
};

/** The gates of the first open members, as their devices would find them. */
async function lookAtMembers(
  reader: Kysely<Schema>,
  { rollout, now }: { readonly rollout: number; readonly now: number },
): Promise<readonly Looked[]> {
  const looked: Looked[] = [];
  let after = 0;
  for (let slice = 0; slice < MAX_SLICES && looked.length < SAMPLED_DEVICES; slice += 1) {
    const members = await nextMembers(reader, rollout, after);
    const open = members.filter(({ isOpen }) => isOpen).slice(0, SAMPLED_DEVICES - looked.length);
    for (const { id, device, contactAt } of open) {
      const at = await readDeviceAtContact(reader, device, now);
      const own = at?.open.find((one) => one.id === id);
      if (at === null || own === undefined) continue;
      const facts = { device: { ...at.device, lastContactAt: contactAt }, assignment: own };
      const isCurrent = atContact(at.device, at.open, now).current?.id === own.id;
      looked.push({ device: at.device.name, gates: gatesOf(facts, now), isCurrent, isBegun: hasBegun(own) });
    }
    if (members.length < MEMBERS_PER_SLICE) break;
    after = members.at(-1)?.device ?? after;
  }
  return looked;
}

function hasBegun({ attempt }: OpenAssignment): boolean {
  return attempt !== null && attempt.begunAt !== null;
}

function byGate(looked: readonly Looked[]): RolloutWhyView['gates'] {
  const waiting = looked.filter(({ isBegun }) => !isBegun);
  const firsts = waiting.map(({ gates }) => gates.find(({ passed }) => !passed)?.gate);
  return GATES.flatMap((gate) => {
    const shut = waiting.flatMap(({ device, gates }) => {
      const found = gates.find((one) => one.gate === gate && !one.passed);
      return found === undefined ? [] : [{ device, found }];
    });
    const [one] = shut;
    if (one === undefined) return [];
    const next = shut.flatMap(({ found }) => found.nextChange ?? []);
    return [
      {
        gate,
        shut: shut.length,
        first: firsts.filter((first) => first === gate).length,
        fact: one.found.fact,
        nextChange: next.length === 0 ? null : timestamp(Math.min(...next)),
        examples: shut.slice(0, EXAMPLES).map(({ device }) => device),
      },
    ];
  });
}

function othersFirst(looked: readonly Looked[]): readonly Hold[] {
  const others = looked.filter(({ isCurrent }) => !isCurrent);
  if (others.length === 0) return [];
  const names = others.slice(0, EXAMPLES).map(({ device }) => device);
  const fact = `${others.length} devices are served another assignment first, such as ${names.join(', ')}`;
  return [{ code: 'other-assignment', fact, nextChange: null }];
}

type Standing = {
  readonly phases: readonly PhaseRow[];
  readonly counts: Awaited<ReturnType<typeof lookOf>>['counts'];
  readonly firstWindowAt: number | null;
};

function holdsOf(rollout: RolloutRow, standing: Standing): readonly Hold[] {
  const aggregate = aggregateOf(rollout, standing.phases);
  const at = timestamp(nextLook(aggregate, standing.firstWindowAt));
  switch (rollout.state) {
    case 'creating': {
      const of = rollout.is_counted === 1 ? ` of ${rollout.counted}` : '';
      return [{ code: 'creating', fact: `${rollout.planned}${of} devices are in their phases`, nextChange: null }];
    }
    case 'awaiting-approval':
      return [{ code: 'approval', fact: `it waits for another person than ${rollout.created_by}`, nextChange: null }];
    case 'ready': {
      const { start } = aggregate.policy;
      const by = start.by === 'hand' || start.by === 'ready' ? 'it is started by hand' : 'it starts by itself';
      return [{ code: 'start', fact: by, nextChange: at }];
    }
    case 'paused':
      return [{ code: rollout.reason ?? 'operator', fact: PAUSED[rollout.reason ?? 'operator'], nextChange: null }];
    case 'running':
      return phaseHolds(standing, aggregate);
    case 'stopping':
      return [{ code: 'stopping', fact: 'what has begun is asked to cancel, the rest is closed', nextChange: null }];
    case 'stopped':
    case 'finished':
      return [];
  }
}

const PAUSED = {
  operator: 'somebody paused it',
  denied: 'it was denied',
  'error-threshold': 'too many devices of a phase have erred',
  'success-not-reached': 'nothing of a phase is open, and too few of it succeeded',
} as const;

/** What the next phase waits for: the success of the one before, its soak, or a person. */
function phaseHolds({ phases, counts }: Standing, aggregate: ReturnType<typeof aggregateOf>): readonly Hold[] {
  return aggregate.phases.flatMap((phase): Hold[] => {
    const next = successorOf(aggregate, phase);
    if (next?.state !== 'waiting' || phase.state === 'waiting' || phase.state === 'skipped') return [];
    const row = phases.find(({ number }) => number === phase.number);
    if (row === undefined) return [];
    const { successPercent, soakSeconds, next: by } = phaseSpecOf(row.spec);
    const waits = `phase ${next.number} waits`;
    if (phase.reachedAt === null) {
      const own = counts.get(phase.number);
      const counted = phase.total - (own?.superseded ?? 0) - (own?.canceled ?? 0);
      const fact = `${waits} until ${successPercent} % of ${counted} devices of phase ${phase.number} succeed; ${own?.succeeded ?? 0} have`;
      return [{ code: 'success-threshold', fact, nextChange: null }];
    }
    if (by === 'hand') return [{ code: 'phase-start', fact: `${waits} to be started by hand`, nextChange: null }];
    const nextChange = timestamp(phase.reachedAt + soakSeconds * 1000);
    return [{ code: 'soak', fact: `${waits} until phase ${phase.number} has soaked for ${soakSeconds} s`, nextChange }];
  });
}

function summaryOf(
  { name, state }: RolloutRow,
  { holds, gates, open }: Pick<RolloutWhyView, 'holds' | 'gates' | 'open'>,
): string {
  const [hold] = holds;
  if (state !== 'running' && hold !== undefined) return `${name} is ${state}: ${hold.fact}.`;
  if (state !== 'running') return `${name} is ${state}; nothing holds it.`;
  const gate = gates.reduce<(typeof gates)[number] | null>(
    (most, one) => (one.first > (most?.first ?? 0) ? one : most),
    null,
  );
  if (gate !== null)
    return `${name} runs; ${gate.first} of its ${open} open devices are held first at "${gate.gate}": ${gate.fact}.`;
  if (hold !== undefined) return `${name} runs; ${hold.fact}.`;
  return `${name} runs; nothing holds its ${open} open devices back.`;
}
