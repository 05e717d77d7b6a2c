import {
  atContact,
  displayedState,
  gatesOf,
  permissionOf,
  shownState,
  type Gate,
  type OpenAssignment,
} from '@updraft/core';
import type { Why } from '@updraft/protocols';
import {
  findDevice,
  lastEndedAssignment,
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
export async function explainWait(reader: Kysely<Schema>, scope: Scope, name: string): Promise<WhyView | undefined> {
  const row = await findDevice(reader, scope.tenant, name);
  const at = row === undefined ? null : await readDeviceAtContact(reader, row.id);
  if (row === undefined || at === null) return undefined;
  const { current } = atContact(at.device, at.open);
  const gates = gatesOf({ device: at.device, assignment: current });
  const { mayDownload, mayInstall } = permissionOf(gates);
  const ended = current === null ? await lastEndedAssignment(reader, row.id) : undefined;
  const granted = current !== null && current.attempt !== null && current.attempt.begunAt !== null;
  return {
    device: name,
    state: current === null ? null : shownOf(current),
    mayDownload: mayDownload || granted,
    mayInstall: mayInstall || granted,
    gates: gates.map((gate) => ({ ...gate, nextChange: timestamp(gate.nextChange) })),
    lastContactAt: timestamp(row.contact_at),
    summary: current === null ? summaryOfIdle(ended) : summaryOf(current, gates, row.contact_at),
  };
}

function shownOf({ state, attempt, rollout }: OpenAssignment): NonNullable<WhyView['state']> {
  return displayedState(shownState(state, attempt?.state ?? null, rollout.phaseState)) as NonNullable<WhyView['state']>;
}

function summaryOfIdle(ended: AssignmentWithJoins | undefined): string {
  const nothing = 'Nothing is assigned to this device';
  if (ended === undefined) return `${nothing}.`;
  const reason = ended.reason === null ? '' : ` (${ended.reason})`;
  return `${nothing}; the last, ${ended.release_name} ${ended.release_version}, ended as ${ended.state}${reason}.`;
}

function summaryOf(current: OpenAssignment, gates: readonly Gate[], contactAt: number | null): string {
  const title = `${current.release.name} ${current.release.version}`;
  const { attempt } = current;
  if (attempt !== null && attempt.state === 'canceling') return `The device has been asked to cancel ${title}.`;
  if (attempt !== null && attempt.begunAt !== null) return `The device is at work on ${title}: ${shownOf(current)}.`;
  const shut = gates.find(({ passed }) => !passed);
  if (shut !== undefined) return `Held at "${shut.gate}": ${shut.fact}.`;
  if (attempt?.state === 'offered') return `${title} has been offered; the device has not begun.`;
  const heard = contactAt === null ? 'it has never been in contact' : 'it gets the offer at its next contact';
  return `Nothing holds ${title} back; ${heard}.`;
}
