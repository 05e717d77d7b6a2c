import {
  CONTACT_DAYS,
  contactPatternOf,
  countedReason,
  FRESH,
  lastStageOf,
  linkOf,
  MAX_COUNTED_ORDINAL,
  measuredStages,
  type EndCount,
  type History,
  type SampledDevice,
  type StageCount,
} from '@updraft/core';
import { isThere, type TrueDevice, type TrueFleet } from './forecast-fleet.ts';
import type { EndedAttempt } from './forecast-truth.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const LOST_DAYS = 4;

/** What the server keeps of a past rollout: counts of stages and ends, and each device's link class. */
export type Learnt = { readonly history: History; readonly links: ReadonlyMap<number, number> };

export function learn(attempts: readonly EndedAttempt[]): Learnt {
  const stages = new Map<string, StageCount>();
  const ends = new Map<string, EndCount>();
  const links = new Map<number, number>();
  for (const { device, ordinal, reason, times } of attempts) {
    const link = linkOf(times) ?? links.get(device.id) ?? 0;
    links.set(device.id, link);
    for (const measured of measuredStages(times)) {
      const key = `${device.type} ${link} ${measured.stage} ${measured.bucket}`;
      stages.set(key, { ...measured, deviceType: device.type, link, n: (stages.get(key)?.n ?? 0) + 1 });
    }
    const end = {
      deviceType: device.type,
      ordinal: Math.min(ordinal, MAX_COUNTED_ORDINAL),
      state: times.state as EndCount['state'],
      reason: countedReason(times, reason),
      stage: lastStageOf(times),
    };
    const key = JSON.stringify(end);
    ends.set(key, { ...end, n: (ends.get(key)?.n ?? 0) + 1 });
  }
  return { history: { stages: [...stages.values()], ends: [...ends.values()], certainty: 'measured' }, links };
}

/** What the server knows of some of the devices: every `step`-th, with the hours in which they were in contact. */
export function sampleOf(
  fleet: TrueFleet,
  { links }: Learnt,
  { now, step }: { readonly now: number; readonly step: number },
): readonly SampledDevice[] {
  const sites = Map.groupBy(fleet.devices, ({ site }) => site);
  return fleet.devices
    .filter((_, place) => place % step === 0)
    .map((device) => ({
      deviceType: device.type,
      link: links.get(device.id) ?? 0,
      zone: device.zone,
      pollSeconds: device.pollMs / 1000,
      contact: contactPatternOf(
        { days: contactDays(fleet, device, now), lastContactAt: lastContact(device, now), knownSince: 0 },
        now,
      ),
      site: { name: device.site, devices: sites.get(device.site)?.length ?? 1 },
      progress: FRESH,
    }));
}

function lastContact({ isDead }: TrueDevice, now: number): number {
  return isDead ? now - LOST_DAYS * DAY_MS : now - HOUR_MS;
}

function contactDays(fleet: TrueFleet, device: TrueDevice, now: number): { day: number; mask: number }[] {
  const today = Math.floor(now / DAY_MS);
  return Array.from({ length: CONTACT_DAYS }, (_, ago) => {
    const day = today - CONTACT_DAYS + ago;
    if (device.isDead && day >= today - LOST_DAYS) return { day, mask: 0 };
    let mask = 0;
    for (let hour = 0; hour < 24; hour += 1) if (isThere(fleet, device, day * 24 + hour)) mask += 2 ** hour;
    return { day, mask };
  });
}
