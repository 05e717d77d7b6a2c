import { SharedRead, type PollStamp } from '@updraft/store';

/** Devices whose stamps one statement reads. */
const MAX_STAMPS_PER_READ = 500;

export type Stamped = { readonly device: number; readonly stamp: PollStamp };
export type ReadStamps = (devices: readonly number[]) => Promise<ReadonlyMap<number, PollStamp>>;

/**
 * Tells whether remembered answers still count, where commits of other servers are heard of too late: their stamps are
 * compared with those in the database, as of a read that began after the poll came and that many polls share.
 */
export class StampCheck {
  readonly #stamps: SharedRead<number, PollStamp | undefined>;

  constructor(read: ReadStamps) {
    this.#stamps = new SharedRead(async (devices) => {
      const found = await read(devices);
      return devices.map((device) => found.get(device));
    }, MAX_STAMPS_PER_READ);
  }

  async isCurrent({ device, stamp }: Stamped): Promise<boolean> {
    return isSame(await this.#stamps.of(device), stamp);
  }
}

function isSame(now: PollStamp | undefined, then: PollStamp): boolean {
  return now?.deviceRevision === then.deviceRevision && now.rolloutsRevision === then.rolloutsRevision;
}
