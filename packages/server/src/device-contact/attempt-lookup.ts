import { findByWireId, hasReport, wasOfferedSince, type Schema } from '@updraft/store';
import type { Kysely } from 'kysely';

/** What doors ask of attempts beside the device's open ones. */
export interface AttemptLookup {
  /** Whether the device was ever assigned something, or tried it again, under this wire id. */
  isOf(tenant: number, device: number, number: number): Promise<boolean>;
  /** Whether it is noted that the device fetched what it was offered. */
  isRetrieved(attempt: number): Promise<boolean>;
  /** Whether another attempt of the device was offered after that of the assignment, which was offered at `offeredAt`. */
  isOutdated(device: number, offered: { readonly assignment: number; readonly offeredAt: number }): Promise<boolean>;
}

export function lookUpAttempts(reader: Kysely<Schema>): AttemptLookup {
  return {
    async isOf(tenant, device, number) {
      return (await findByWireId(reader, tenant, number))?.device === device;
    },
    async isRetrieved(attempt) {
      return hasReport(reader, attempt, 'retrieved');
    },
    async isOutdated(device, offered) {
      return wasOfferedSince(reader, device, offered);
    },
  };
}
