import {
  deviated,
  matchesFilter,
  parseFilter,
  settleFilter,
  type Filter,
  type FilterFields,
  type PollOverride,
  type PollRules,
  NO_POLL_RULES,
} from '@updraft/core';
import { DEVICE_LIST, filterMoments, readFilterFacts, type PolledTenant, type Schema } from '@updraft/store';
import type { Kysely } from 'kysely';
import { fieldsOfOverride } from '../use-cases/poll-override.ts';
import { pollRulesOf } from '../use-cases/poll-rules-view.ts';
import { BoundedMemory } from '../bounded-memory.ts';

/** How long it may take until a device that comes to match another filter is told another interval. */
const HOLD_MS = 60_000;
const MAX_REMEMBERED_RULES = 1000;

/**
 * A device's interval, and until when (epoch ms) it may be told without another look; null: until something is written.
 * Before a window it is to ask `pollsBeforeWindow` times.
 */
export type OwnInterval = {
  readonly seconds: number;
  readonly until: number | null;
  readonly pollsBeforeWindow: number;
};

/** How often each device is to ask. */
export interface PollIntervals {
  of(tenant: PolledTenant, device: number, now: number): Promise<OwnInterval>;
}

type ParsedOverride = PollOverride & { readonly parsed: Filter; readonly fields: FilterFields };
type ParsedRules = Omit<PollRules, 'overrides'> & { readonly overrides: readonly ParsedOverride[] };

/** Without rules a tenant's interval is everybody's, and nothing is read. */
export function readPollIntervals(reader: Kysely<Schema>): PollIntervals {
  const remembered = new BoundedMemory<string, ParsedRules>(MAX_REMEMBERED_RULES);
  const rulesOf = (json: string) => remembered.get(json) ?? remembered.set(json, parsedRules(json));
  return {
    async of(tenant, device, now) {
      if (tenant.pollRules === '')
        return { seconds: tenant.pollIntervalSeconds, until: null, pollsBeforeWindow: NO_POLL_RULES.pollsBeforeWindow };
      const rules = rulesOf(tenant.pollRules);
      const key = String(device);
      const { deviationPercent, overrides, pollsBeforeWindow } = rules;
      const usual = deviated({ seconds: tenant.pollIntervalSeconds, deviationPercent }, key);
      if (overrides.length === 0) return { seconds: usual, until: null, pollsBeforeWindow };
      const first = (await overridesOf(reader, { tenant: tenant.id, overrides, now }, [device])).get(device);
      const seconds = first === undefined ? usual : deviated(first, key);
      return { seconds, until: now + HOLD_MS, pollsBeforeWindow };
    },
  };
}

/** In one read. */
const DEVICES_PER_READ = 100;

/** How often each of many devices is to ask, in seconds, by its id; a deviation, which is small and goes both ways, is left out. */
export async function pollSecondsOf(
  reader: Kysely<Schema>,
  tenant: Pick<PolledTenant, 'id' | 'pollIntervalSeconds' | 'pollRules'>,
  { devices, now }: { readonly devices: readonly number[]; readonly now: number },
): Promise<ReadonlyMap<number, number>> {
  const { overrides } = parsedRules(tenant.pollRules);
  const seconds = new Map(devices.map((device) => [device, tenant.pollIntervalSeconds]));
  if (overrides.length === 0) return seconds;
  for (let at = 0; at < devices.length; at += DEVICES_PER_READ) {
    const slice = devices.slice(at, at + DEVICES_PER_READ);
    const first = await overridesOf(reader, { tenant: tenant.id, overrides, now }, slice);
    for (const [device, override] of first) seconds.set(device, override.seconds);
  }
  return seconds;
}

type Overriding = {
  readonly tenant: number;
  readonly overrides: readonly ParsedOverride[];
  readonly now: number;
};

/** The first override that each of these devices matches; those that match none are left out. */
async function overridesOf(
  reader: Kysely<Schema>,
  { tenant, overrides, now }: Overriding,
  devices: readonly number[],
): Promise<ReadonlyMap<number, ParsedOverride>> {
  const facts = await readFilterFacts(reader, devices);
  const moments = await filterMoments(reader, tenant, now);
  const settled = overrides.map((override) => {
    return { override, filter: settleFilter(override.parsed, override.fields, moments) };
  });
  const found = new Map<number, ParsedOverride>();
  for (const [device, read] of facts) {
    const first = settled.find(({ filter }) => matchesFilter(filter, DEVICE_LIST.fields, read));
    if (first !== undefined) found.set(device, first.override);
  }
  return found;
}

/** They were parsed before they were written: one that cannot be read any more is left out. */
function parsedRules(json: string): ParsedRules {
  const rules = pollRulesOf(json);
  const overrides = rules.overrides.flatMap((override) => {
    const fields = fieldsOfOverride(override);
    const result = parseFilter(override.filter, fields);
    return result.outcome === 'parsed' ? [{ ...override, fields, parsed: result.filter }] : [];
  });
  return { ...rules, overrides };
}
