type Waiting<K, R> = {
  readonly key: K;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * One statement for many who ask: while a read is on its way, whoever comes waits for the next and shares it, so that
 * each is told what was committed before it came. `read` gives the results in the order of its keys.
 */
export class SharedRead<K, R> {
  readonly #read: (keys: readonly K[]) => Promise<readonly R[]>;
  readonly #max: number;
  #waiting: Waiting<K, R>[] = [];
  #isReading = false;

  constructor(read: (keys: readonly K[]) => Promise<readonly R[]>, maxKeysPerRead: number) {
    this.#read = read;
    this.#max = maxKeysPerRead;
  }

  of(key: K): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      if (!this.#isReading) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isReading = true;
    while (this.#waiting.length > 0) await this.#settle(this.#waiting.splice(0, this.#max));
    this.#isReading = false;
  }

  async #settle(some: readonly Waiting<K, R>[]): Promise<void> {
    try {
      const results = await this.#read(some.map(({ key }) => key));
      for (const [at, { resolve }] of some.entries()) resolve(results[at] as R);
    } catch (error) {
      for (const { reject } of some) reject(error);
    }
  }
}
