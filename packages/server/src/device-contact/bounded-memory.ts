/** What is read once and remembered under a key; of more than `size`, what was made first is forgotten. */
export class BoundedMemory<K, V> {
  readonly #known = new Map<K, V>();
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  get(key: K): V | undefined {
    return this.#known.get(key);
  }

  set(key: K, value: V): V {
    const oldest = this.#known.size >= this.#size && !this.#known.has(key) ? this.#known.keys().next() : undefined;
    if (oldest !== undefined && oldest.done !== true) this.#known.delete(oldest.value);
    this.#known.set(key, value);
    return value;
  }
}
