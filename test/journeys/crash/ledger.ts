/** A simulated device and what the server has answered it, and about it, with yes. */
export type DeviceEntry = {
  readonly name: string;
  readonly token: string;
  assignment: number | undefined;
  /** The one detail of each report that was answered 200. */
  readonly details: string[];
  hasEnded: boolean;
};

/** A resumable upload; `offset` is the greatest that was answered. */
export type UploadEntry = { readonly path: string; readonly bytes: Buffer; offset: number };

export type ArtifactEntry = { readonly id: string; readonly bytes: Buffer };

/** Every write of one round that was answered: after a crash all of it must be there. */
export type Ledger = {
  readonly devices: DeviceEntry[];
  readonly uploads: UploadEntry[];
  readonly artifacts: ArtifactEntry[];
};

export function emptyLedger(): Ledger {
  return { devices: [], uploads: [], artifacts: [] };
}
