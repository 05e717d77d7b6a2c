import { windowAt, type RolloutPolicy, type WindowMoment } from '@updraft/core';

/** All zones that there are, of one policy. */
const MAX_REMEMBERED_ZONES = 600;

type Remembered = WindowMoment & { readonly since: number };

/** Policies are compared as objects: a changed one is another, and takes its moments with it. */
const moments = new WeakMap<RolloutPolicy, Map<string, Remembered>>();

/** What a policy's windows say in a zone at a moment, computed anew only where it has changed since. */
export function windowOf(policy: RolloutPolicy, zone: string, now: number): WindowMoment {
  const ofPolicy = moments.get(policy) ?? new Map<string, Remembered>();
  moments.set(policy, ofPolicy);
  const known = ofPolicy.get(zone);
  if (known !== undefined && known.since <= now && (known.changesAt === null || now < known.changesAt)) return known;
  const moment = { ...windowAt(policy.windows, zone, now), since: now };
  ofPolicy.set(zone, moment);
  if (ofPolicy.size > MAX_REMEMBERED_ZONES) ofPolicy.delete(ofPolicy.keys().next().value ?? '');
  return moment;
}
