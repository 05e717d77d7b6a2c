import {
  atContact,
  displayedState,
  FAILED_ATTEMPT_STATES,
  gatesOf,
  permissionOf,
  shownState,
  type Gate,
  type OpenAssignment,
  type Permission,
} from '@updraft/core';
import type { Why } from '@updraft/protocols';
import {
  findDevice,
  attemptsOf,
  lastEndedAssignment,
  type NamedAssignment,
  namedAssignments,
  readDeviceAtContact,
  type AssignmentWithJoins,
  type Schema,
} from '@updraft/store';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import type { Scope } from '../access/scope.ts';
import { timestamp } from './timestamp.ts';

export type WhyView = z.output<typeof Why>;

/**
 * Every gate between a device and its update, by the same function that decides the offer; undefined where there is no
 * such device.
 */
export async function explainWait(
  reader: Kysely<Schema>,
  scope: Scope,
  { name, now }: { readonly name: string; readonly now: number },
): Promise<WhyView | undefined> {
  const row = await findDevice(reader, scope.tenant, name);
  const at = row === undefined ? null : await readDeviceAtContact(reader, row.id, now);
  if (row === undefined || at === null) return undefined;
  const { current } = atContact(at.device, at.open, now);
  const gates = gatesOf({ device: { ...at.device, lastContactAt: row.contact_at }, assignment: current }, now);
  const { mayDownload, mayInstall } = permissionOf(gates);
  const ended = current === null ? await lastEndedAssignment(reader, row.id) : undefined;
  const granted = current === null ? NOTHING : grantedOf(current);
  const open = await namedAssignments(reader, at.open);
  return {
    device: name,
    state: current === null ? null : shownOf(current),
    assignment: open.find(({ id }) => id === current?.id)?.named ?? null,
    waiting: open.filter(({ id }) => id !== current?.id).map(({ named }) => named),
    mayDownload: mayDownload || granted.mayDownload,
    mayInstall: mayInstall || granted.mayInstall,
    gates: gates.map((gate) => ({ ...gate, nextChange: timestamp(gate.nextChange) })),
    lastContactAt: timestamp(row.contact_at),
    summary: current === null ? await summaryOfIdle(reader, ended) : summaryOf(current, gates),
  };
}

const NOTHING: Permission = { mayDownload: false, mayInstall: false };

/** Each permission is granted once, and stays whatever a gate says now. */
function grantedOf({ attempt }: OpenAssignment): Permission {
  if (attempt === null || attempt.begunAt === null) return NOTHING;
  return { mayDownload: true, mayInstall: attempt.installOfferedAt !== null };
}

function shownOf({ state, attempt, rollout }: OpenAssignment): NonNullable<WhyView['state']> {
  const waiting = { state: rollout.phaseState, asksConsent: rollout.policy.consent.required };
  return displayedState(shownState(state, attempt?.state ?? null, waiting)) as NonNullable<WhyView['state']>;
}

async function summaryOfIdle(reader: Kysely<Schema>, ended: AssignmentWithJoins | undefined): Promise<string> {
  const nothing = 'Nothing is assigned to this device';
  if (ended === undefined) return `${nothing}.`;
  const [last] = await namedAssignments(reader, [ended]);
  const of = last === undefined ? '' : originOf(last);
  const reason = ended.reason === null ? '' : ` (${ended.reason})`;
  const failure = ended.state === 'succeeded' ? '' : await lastFailure(reader, ended);
  return `${nothing}; the last, ${ended.release_name} ${ended.release_version}${of} ended as ${ended.state}${reason}${failure}.`;
}

function originOf({ kind, named: { rollout } }: NamedAssignment): string {
  return kind === 'direct' ? ', assigned directly,' : ` of ${rollout.name}, which is ${rollout.state},`;
}

/** What an update that was given up had come to before, in the device's own words where it said any. */
async function lastFailure(reader: Kysely<Schema>, { id }: AssignmentWithJoins): Promise<string> {
  const failed = (await attemptsOf(reader, [id])).filter(({ state }) => FAILED.has(state)).at(-1);
  if (failed === undefined) return '';
  return `; its last try ended as ${failed.state}${failed.message === null ? '' : `: ${failed.message}`}`;
}

const FAILED: ReadonlySet<string> = new Set(FAILED_ATTEMPT_STATES);

function summaryOf(current: OpenAssignment, gates: readonly Gate[]): string {
  const title = `${current.release.name} ${current.release.version}`;
  const { attempt } = current;
  if (attempt !== null && attempt.state === 'canceling') return `The device has been asked to cancel ${title}.`;
  const shut = gates.find(({ passed }) => !passed);
  if (attempt !== null && attempt.begunAt !== null) {
    const waits = attempt.installOfferedAt === null && attempt.state === 'downloaded' && shut !== undefined;
    const held = waits ? `; the install is held at "${shut.gate}": ${shut.fact}` : '';
    return `The device is at work on ${title}: ${shownOf(current)}${held}.`;
  }
  if (attempt?.state === 'offered' && (shut === undefined || shut.gate === 'contact'))
    return `${title} has been offered; the device has not begun${shut === undefined ? '' : ` (${shut.fact})`}.`;
  if (shut !== undefined) return `${title} is held at "${shut.gate}": ${shut.fact}.`;
  return `Nothing holds ${title} back; the device gets the offer at its next contact.`;
}
