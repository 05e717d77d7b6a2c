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
  return {
    async find(id) {
      return findWireAction(reader, id);
    },
    async hasReport(attempt, kind) {
      return hasReport(reader, attempt, kind);
    },
    async newestReports(attempt, limit) {
      return newestReports(reader, attempt, limit);
    },
    async isOutdated(device, offered) {
      return wasOfferedSince(reader, device, offered);
    },
  };
}
