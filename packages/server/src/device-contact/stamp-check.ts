import type { PollStamp } from '@updraft/store';

/** Devices whose stamps one statement reads. */
const MAX_STAMPS_PER_READ = 500;

export type Stamped = { readonly device: number; readonly stamp: PollStamp };
export type ReadStamps = (devices: readonly number[]) => Promise<ReadonlyMap<number, PollStamp>>;

type Waiting = Stamped & { readonly resolve: (isCurrent: boolean) => void; readonly reject: (error: unknown) => void };

/**
 * Tells whether remembered answers still count, where commits of other servers are heard of too late: their stamps are
 * compared with those in the database. One read is on its way at a time; polls that come meanwhile share the next, so
 * that each is compared with what was committed before it came.
 */
export class StampCheck {
  readonly #read: ReadStamps;
  #waiting: Waiting[] = [];
  #isReading = false;

  constructor(read: ReadStamps) {
    this.#read = read;
  }

  isCurrent(answer: Stamped): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ device: answer.device, stamp: answer.stamp, resolve, reject });
      if (!this.#isReading) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isReading = true;
    while (this.#waiting.length > 0) await this.#settle(this.#waiting.splice(0, MAX_STAMPS_PER_READ));
    this.#isReading = false;
  }

  async #settle(some: readonly Waiting[]): Promise<void> {
    try {
      const stamps = await this.#read(some.map(({ device }) => device));
      for (const { device, stamp, resolve } of some) resolve(isSame(stamps.get(device), stamp));
    } catch (error) {
      for (const { reject } of some) reject(error);
    }
  }
}

function isSame(now: PollStamp | undefined, then: PollStamp): boolean {
  return now?.deviceRevision === then.deviceRevision && now.rolloutsRevision === then.rolloutsRevision;
}
