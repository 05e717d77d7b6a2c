/** A binary heap of numbered things by time. */
export class TimeHeap {
  readonly #times: number[] = [];
  readonly #items: number[] = [];

  get size(): number {
    return this.#times.length;
  }

  add(at: number, item: number): void {
    let place = this.#times.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if ((this.#times[parent] as number) <= at) break;
      this.#set(place, parent);
      place = parent;
    }
    this.#times[place] = at;
    this.#items[place] = item;
  }

  take(): { readonly at: number; readonly item: number } | null {
    const at = this.#times[0];
    const item = this.#items[0];
    const lastAt = this.#times.pop();
    const lastItem = this.#items.pop();
    if (at === undefined || item === undefined || lastAt === undefined || lastItem === undefined) return null;
    const { length } = this.#times;
    if (length === 0) return { at, item };
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= length) break;
      if (child + 1 < length && (this.#times[child + 1] as number) < (this.#times[child] as number)) child += 1;
      if ((this.#times[child] as number) >= lastAt) break;
      this.#set(place, child);
      place = child;
    }
    this.#times[place] = lastAt;
    this.#items[place] = lastItem;
    return { at, item };
  }

  #set(to: number, from: number): void {
    this.#times[to] = this.#times[from] as number;
    this.#items[to] = this.#items[from] as number;
  }
}
