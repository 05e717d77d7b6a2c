import { Counter, type Registry } from 'prom-client';

type Described = {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly register: Registry;
};

type Counted = { readonly values: readonly string[]; count: number };

/**
 * A counter of what happens by the thousand a second: prom-client sorts and hashes the labels at each count, which is a
 * good part of an answer from memory; here its numbers are made when somebody looks.
 */
export class Tally {
  readonly #counted = new Map<string, Counted>();

  constructor({ name, help, labelNames, register }: Described) {
    const counted = this.#counted;
    new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [register],
      collect() {
        this.reset();
        for (const { values, count } of counted.values()) this.labels(...values).inc(count);
      },
    });
  }

  /** One more; the values of its labels in their order, of which no value holds a line end. */
  count(...values: readonly string[]): void {
    const key = values.length === 1 ? (values[0] ?? '') : values.join('\n');
    const known = this.#counted.get(key);
    if (known === undefined) this.#counted.set(key, { values, count: 1 });
    else known.count += 1;
  }
}
