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
import { BoundedMemory } from './bounded-memory.ts';

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
      const read = (await readFilterFacts(reader, [device])).get(device);
      const moments = await filterMoments(reader, tenant.id, now);
      const first = overrides.find(
        ({ parsed, fields }) =>
          read !== undefined && matchesFilter(settleFilter(parsed, fields, moments), DEVICE_LIST.fields, read),
      );
      const seconds = first === undefined ? usual : deviated(first, key);
      return { seconds, until: now + HOLD_MS, pollsBeforeWindow };
    },
  };
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
