import type { CommandContext } from '../command.ts';

/** What a command puts off: to the end of its transaction, where locks are taken that others wait for, or behind its commit. */
export class PutOff {
  readonly #last = new Map<string, () => Promise<void>>();
  readonly #items = new Map<string, unknown[]>();
  readonly #afterCommit: (() => void)[] = [];

  readonly last: CommandContext['last'] = (key, work) => {
    const before = this.#last.get(key);
    this.#last.set(key, before === undefined ? work : async () => (await before(), work()));
  };

  readonly lastForAll: CommandContext['lastForAll'] = (key, item, work) => {
    const known = this.#items.get(key);
    if (known !== undefined) {
      known.push(item);
      return;
    }
    const items = [item];
    this.#items.set(key, items);
    this.last(key, () => {
      this.#items.delete(key);
      return work(items);
    });
  };

  readonly afterCommit: CommandContext['afterCommit'] = (act) => {
    this.#afterCommit.push(act);
  };

  /** In the order of the keys, so that two transactions take the same locks in the same order. */
  async runLast(): Promise<void> {
    while (this.#last.size > 0) {
      const works = [...this.#last].sort(([a], [b]) => (a < b ? -1 : 1));
      this.#last.clear();
      for (const [, work] of works) await work();
    }
  }

  runAfterCommit(): void {
    for (const act of this.#afterCommit) act();
  }

  add(more: PutOff): void {
    this.#afterCommit.push(...more.#afterCommit);
  }
}
