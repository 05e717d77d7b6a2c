import type { Attempt, AttemptInput } from '@updraft/core';
import { bell, chance } from './forecast-chance.ts';
import { afterThere, thereFrom, type TrueDevice, type TrueFleet } from './forecast-fleet.ts';

/** What a device says or does about its update, and when. */
export type Act = { readonly at: number; readonly input: AttemptInput };

const AFTER_RETRIEVAL_MS = 1500;
const UNPACKING_MS = 2000;
/** Attributes follow the first poll after a success. */
const ATTRIBUTES_MS = 1000;
const NEW_VERSION = { version: '2' };

export type Try = { readonly ordinal: number; readonly bytes: number; readonly offeredAt: number };

/** All that a device does about one offer, as its links, its hardware, its hours and its fault make it. */
export function actsOf(fleet: TrueFleet, device: TrueDevice, { ordinal, bytes, offeredAt }: Try): readonly Act[] {
  const { id, fault } = device;
  const dice = (what: number) => chance(fleet.seed, what, id, ordinal, offeredAt % 2 ** 31);
  const noise = (what: number) => Math.exp(0.15 * bell(fleet.seed, what, id, ordinal));
  const after = (from: number, ms: number) => afterThere(fleet, device, { from, ms });
  const begun = after(offeredAt, AFTER_RETRIEVAL_MS * (0.5 + dice(31)));
  const downloading = ((bytes * 1000) / device.bytesPerSecond) * noise(32);
  const acts: Act[] = [{ at: begun, input: { type: 'first-byte' } }];
  if (fault === 'silent') return acts;
  if (fault === 'flaky' && dice(33) < 0.5)
    return [...acts, { at: after(begun, downloading * dice(34)), input: { type: 'report-failed', message: null } }];
  const downloaded = after(begun, downloading);
  const installing = after(downloaded, UNPACKING_MS);
  const installed = after(installing, device.installMs * noise(35));
  const rebooted = thereFrom(fleet, device, installed + device.rebootMs);
  acts.push({ at: downloaded, input: { type: 'all-bytes' } }, { at: installing, input: { type: 'report-proceeding' } });
  if (fault === 'broken')
    return [
      ...acts,
      { at: after(installing, device.installMs * dice(36)), input: { type: 'report-failed', message: null } },
    ];
  acts.push({ at: installed, input: { type: 'report-installed' } });
  if (fault === 'boot-loop')
    return [...acts, { at: rebooted + 2 * device.rebootMs, input: { type: 'report-rolled-back', message: null } }];
  acts.push({ at: rebooted, input: { type: 'report-succeeded', vouches: 'reported' } });
  if (fault === 'liar') return acts;
  const shown = thereFrom(fleet, device, rebooted + ATTRIBUTES_MS);
  return [...acts, { at: shown, input: { type: 'attributes-reported', attributes: NEW_VERSION } }];
}

/** Whether anything is heard of the device after it began to work on this offer. */
export function fallsSilent(device: TrueDevice, attempt: Attempt): boolean {
  return device.fault === 'silent' && attempt.begunAt !== null;
}
