import { atContact, GATES, gatesOf, type Gate, type OpenAssignment } from '@updraft/core';
import { nextOpenMembers, type OpenMember, type Schema } from '@updraft/store';
import type { Kysely } from 'kysely';
import type { RolloutWhyView } from './rollout-holds.ts';
import { timestamp } from './timestamp.ts';

/** Devices whose gates are read; of more it is told that these are a part. */
const LOOKED_DEVICES = 500;
/** Gates read at once, between which polls are answered. */
const DEVICES_PER_LOOK = 50;
const EXAMPLES = 3;

/** A member of a rollout with its gates. */
export type LookedAt = {
  readonly device: string;
  readonly gates: readonly Gate[];
  /** Whether it is this rollout's turn. */
  readonly isCurrent: boolean;
  readonly hasBegun: boolean;
};

/** The gates of the first open members of some phases, as their devices would find them. */
export async function lookAtMembers(
  reader: Kysely<Schema>,
  { rollout, phases, now }: { readonly rollout: number; readonly phases: readonly number[]; readonly now: number },
): Promise<readonly LookedAt[]> {
  const looked: LookedAt[] = [];
  for (let after = 0; looked.length < LOOKED_DEVICES;) {
    const members = await nextOpenMembers(reader, { rollout, phases, after, limit: DEVICES_PER_LOOK }, now);
    looked.push(...members.flatMap((member) => lookedAt(member, now)));
    after = members.at(-1)?.deviceId ?? after;
    if (members.length < DEVICES_PER_LOOK) break;
  }
  return looked;
}

/** None where it has ended meanwhile. */
function lookedAt({ assignment, device, contactAt, open }: OpenMember, now: number): readonly LookedAt[] {
  const own = open.find((one) => one.id === assignment);
  if (own === undefined) return [];
  const facts = { device: { ...device, lastContactAt: contactAt }, assignment: own };
  const isCurrent = atContact(device, open, now).current?.id === own.id;
  return [{ device: device.name, gates: gatesOf(facts, now), isCurrent, hasBegun: hasBegun(own) }];
}

function hasBegun({ attempt }: OpenAssignment): boolean {
  return attempt !== null && attempt.begunAt !== null;
}

/** Gates that are shut for those that have not begun, in their order, with how many devices each holds. */
export function gatesOfMembers(
  looked: readonly LookedAt[],
  { scheduled, isRunning }: { readonly scheduled: number; readonly isRunning: boolean },
): RolloutWhyView['gates'] {
  const waiting = looked.filter((one) => !one.hasBegun);
  const firsts = waiting.map(({ gates }) => gates.find(({ passed }) => !passed)?.gate);
  return GATES.flatMap((gate) => {
    const shut = waiting.flatMap(({ device, gates }) => {
      const found = gates.find((one) => one.gate === gate && !one.passed);
      return found === undefined ? [] : [{ device, found }];
    });
    const byPhase = gate === 'phase-started' ? scheduled : 0;
    const [one] = shut;
    if (one === undefined && byPhase === 0) return [];
    const next = shut.flatMap(({ found }) => found.nextChange ?? []);
    return [
      {
        gate,
        shut: shut.length + byPhase,
        first: firsts.filter((first) => first === gate).length + (isRunning ? byPhase : 0),
        fact: one?.found.fact ?? 'their phase has not started',
        nextChange: next.length === 0 ? null : timestamp(Math.min(...next)),
        examples: shut.slice(0, EXAMPLES).map(({ device }) => device),
      },
    ];
  });
}

/** Where devices are served something else before this rollout. */
export function othersFirst(looked: readonly LookedAt[]): RolloutWhyView['holds'] {
  const others = looked.filter(({ isCurrent }) => !isCurrent);
  if (others.length === 0) return [];
  const names = others.slice(0, EXAMPLES).map(({ device }) => device);
  const who = others.length === 1 ? `${names.join()} is` : `${others.length} devices, such as ${names.join(', ')}, are`;
  const fact = `${who} served another assignment first`;
  return [{ code: 'other-assignment', fact, nextChange: null }];
}
