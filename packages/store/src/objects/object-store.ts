/**
 * Immutable bytes of tenants, each named by its sha256. An object is whole from the moment it can be seen, and it is
 * durable once `adopt` has answered. Throws StoreError `storage-full` where there is no room.
 */
export interface ObjectStore {
  /**
   * Makes the bytes of the finished file at `path` an object; the caller has hashed them. Where the object is there
   * already it is only marked as adopted anew. The file may be gone afterwards or may stay.
   */
  adopt(tenant: number, sha256: string, path: string): Promise<void>;
  /** Throws ObjectMissing. */
  open(tenant: number, sha256: string): Promise<OpenObject>;
  /** Every object, in no order. */
  list(): AsyncIterable<ListedObject>;
  /**
   * Removes an object unless it has been adopted at or after `adoptedBefore` (epoch ms of the store's own clock), also
   * while this runs. Tells whether it did.
   */
  removeIfOlder(tenant: number, sha256: string, adoptedBefore: number): Promise<boolean>;
}

/** One object held open: it can be read to its end even if it is removed meanwhile. */
export interface OpenObject extends AsyncDisposable {
  readonly size: number;
  /** Fills `buffer` from `position` as far as it can; 0 is the end. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

export type ListedObject = { readonly tenant: number; readonly sha256: string; readonly adoptedAt: number };

export class ObjectMissing extends Error {
  readonly code = 'object-missing';
  constructor(tenant: number, sha256: string, options?: ErrorOptions) {
    super(`tenant ${tenant} has no object ${sha256}`, options);
    this.name = 'ObjectMissing';
  }
}
