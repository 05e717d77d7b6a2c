import type { Store } from '@updraft/store';
import type { Fingerprint } from '../http/idempotency.ts';
import type { OpenedObject } from '../http/send-object.ts';
import type { Transfers } from '../http/transfers.ts';
import type { Intake } from '../intake/intake.ts';
import type { Keeper, ObjectKeeping } from '../intake/keep-artifact.ts';
import type { Commands } from '../use-cases/commands.ts';

/** Content of a tenant, by its sha256. */
export interface TenantObjects extends ObjectKeeping {
  /** Rejects where there is no such object. */
  open(tenant: number, sha256: string): Promise<OpenedObject>;
  /** Removes the object unless `isNeeded` says otherwise where it is removed. */
  remove(tenant: number, sha256: string, isNeeded: () => Promise<boolean>): Promise<void>;
}

/** What the handlers of artifacts, uploads and releases work with. */
export type SoftwareParts = {
  readonly store: Pick<Store<Commands>, 'dialect' | 'reader' | 'longReader' | 'commands'>;
  readonly objects: TenantObjects;
  readonly intake: Intake;
  readonly transfers: Transfers;
  /** Makes requests with an Idempotency-Key comparable. */
  readonly fingerprint: Fingerprint;
  /** Set: links begin with it. */
  readonly publicUrl: string | null;
};

export function keeperOf({ store, objects, intake }: SoftwareParts): Keeper {
  return { reader: store.reader, commands: store.commands, objects, inspector: intake.inspector };
}
