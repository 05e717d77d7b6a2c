import type { ReportKind } from '@updraft/core';
import {
  findWireAction,
  hasReport,
  newestReports,
  wasOfferedSince,
  type ReportRow,
  type Schema,
  type WireAction,
  type WireId,
} from '@updraft/store';
import type { Kysely } from 'kysely';
import { BoundedMemory } from '../bounded-memory.ts';

/** Devices fetch what they are offered again and again: that it is noted is looked for once. */
const MAX_REMEMBERED_REPORTS = 20_000;

/** What doors ask of attempts beside the device's open ones. */
export interface AttemptLookup {
  /** What the device was ever given under this wire id; null: nothing. */
  find(id: WireId): Promise<WireAction | null>;
  /** Whether it is noted that the device said, or fetched, this. */
  hasReport(attempt: number, kind: ReportKind): Promise<boolean>;
  /** The newest first. */
  newestReports(attempt: number, limit: number): Promise<readonly ReportRow[]>;
  /** Whether another attempt of the device was offered after that of the assignment, which was offered at `offeredAt`. */
  isOutdated(device: number, offered: { readonly assignment: number; readonly offeredAt: number }): Promise<boolean>;
}

export function lookUpAttempts(reader: Kysely<Schema>): AttemptLookup {
  const noted = new BoundedMemory<string, true>(MAX_REMEMBERED_REPORTS);
  return {
    async find(id) {
      return findWireAction(reader, id);
    },
    async hasReport(attempt, kind) {
      const key = `${attempt} ${kind}`;
      // What was said once stays said.
      if (noted.get(key) === true) return true;
      const has = await hasReport(reader, attempt, kind);
      return has ? noted.set(key, true) : false;
    },
    async newestReports(attempt, limit) {
      return newestReports(reader, attempt, limit);
    },
    async isOutdated(device, offered) {
      return wasOfferedSince(reader, device, offered);
    },
  };
}
