import { DEFAULT_POLICY } from '@updraft/core';
import {
  appendEvent,
  findReleaseByName,
  readDeviceAtContact,
  setRunningRelease,
  targetsOf,
  type CommandContext,
  type ReleaseRow,
  type Target,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { showCurrent, stepAttempt } from './attempt-step.ts';
import { startDirectRollout } from './direct-rollout.ts';
import { refused } from './outcome.ts';

/** hawkBit's default, which is ours too. */
const WEIGHT = 1000;

export type InstalledInput = {
  readonly scope: Scope;
  /** Compared without case. */
  readonly release: { readonly name: string; readonly version: string };
  readonly devices: readonly string[];
  /** Devices of which an update is under way are left as they are. */
  readonly sparesUpdating?: true;
  /** Names that no device has are left out; else they refuse it. */
  readonly skipsUnknown?: true;
};

export const installedCommands = { 'assignment.record-installed': recordInstalled };

/**
 * Notes that devices run a release which they got in another way: each has an assignment of it that is fulfilled. Whoever
 * is known to run it already keeps what it has.
 */
async function recordInstalled(context: CommandContext, input: InstalledInput) {
  const { scope, release: title, devices } = input;
  const release = await findReleaseByName(context.db, scope.tenant, title);
  if (release === undefined) return { ...refused('not-found'), missing: ['release'] as readonly string[] };
  if (release.state === 'draft') return refused('release-not-published');
  const names = [...new Set(devices)];
  const targets = await targetsOf(context, scope.tenant, { names, release: release.id });
  const missing = names.filter((name) => !targets.some((target) => target.name === name));
  if (missing.length > 0 && input.skipsUnknown !== true)
    return { ...refused('not-found'), missing: missing as readonly string[] };
  const fresh = targets.filter((target) => !target.runs && !(input.sparesUpdating === true && isUpdating(target)));
  const numbers = fresh.length === 0 ? [] : await record(context, scope, { release, fresh });
  return {
    outcome: 'recorded' as const,
    recorded: fresh.map(({ name }) => name),
    /** Of the assignments that were made for them. */
    numbers,
    alreadyInstalled: targets.filter(({ runs }) => runs).map(({ name }) => name),
  };
}

function isUpdating({ open }: Target): boolean {
  return open.some(({ rollout }) => rollout.phaseState === 'started');
}

async function record(
  context: CommandContext,
  scope: Scope,
  { release, fresh }: { readonly release: ReleaseRow; readonly fresh: readonly Target[] },
): Promise<readonly number[]> {
  const numbers: number[] = [];
  const devices = fresh.map(({ id }) => id);
  await startDirectRollout(context, scope, { release, policy: DEFAULT_POLICY, weight: WEIGHT, devices });
  for (const { id, name } of fresh) {
    numbers.push(await fulfil(context, scope, { device: id, release: release.id }));
    await appendEvent(context, {
      tenant: scope.tenant,
      name: 'device.runs-recorded',
      actor: scope.actor,
      subject: { kind: 'device', id: name },
      data: { release: release.uid },
    });
  }
  return numbers;
}

type Fulfilled = { readonly device: number; readonly release: number };

/** All that it was to get of the release, and has not begun, is fulfilled; the last of these tells what brought it. */
async function fulfil(context: CommandContext, scope: Scope, { device, release }: Fulfilled): Promise<number> {
  const at = await readDeviceAtContact(context.db, device, context.now);
  const wishes = at?.open.filter((one) => one.release.id === release) ?? [];
  const newest = wishes.at(-1);
  if (newest === undefined) throw new Error(`the assignment of device ${device} is not there in its own transaction`);
  for (const { id } of wishes)
    await stepAttempt(context, scope, { assignment: id, input: { type: 'found-installed' } });
  await setRunningRelease(context, device, { release, number: newest.number });
  await showCurrent(context, device);
  return newest.number;
}
