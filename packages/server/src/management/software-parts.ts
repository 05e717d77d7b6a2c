import type { ObjectStore, Store } from '@updraft/store';
import type { Fingerprint } from '../http/idempotency.ts';
import type { Transfers } from '../http/transfers.ts';
import type { Intake } from '../intake/intake.ts';
import type { Keeper } from '../intake/keep-artifact.ts';
import type { Commands } from '../use-cases/commands.ts';

/** What the handlers of artifacts, uploads and releases work with. */
export type SoftwareParts = {
  readonly store: Pick<Store<Commands>, 'dialect' | 'reader' | 'longReader' | 'commands' | 'now'>;
  readonly objects: ObjectStore;
  readonly intake: Intake;
  readonly transfers: Transfers;
  /** Makes requests with an Idempotency-Key comparable. */
  readonly fingerprint: Fingerprint;
  /** Set: links begin with it. */
  readonly publicUrl: string | null;
};

export function keeperOf({ store, objects, intake }: Pick<SoftwareParts, 'store' | 'objects' | 'intake'>): Keeper {
  return { reader: store.reader, commands: store.commands, objects, inspector: intake.inspector };
}
