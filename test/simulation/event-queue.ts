/** Who has something to do when: a heap by time, and by order of entry among equals, so that runs repeat. */
export class EventQueue<T> {
  readonly #heap: { readonly at: number; readonly order: number; readonly what: T }[] = [];
  #order = 0;

  push(at: number, what: T): void {
    const heap = this.#heap;
    const entry = { at, order: (this.#order += 1), what };
    let hole = heap.length;
    heap.push(entry);
    for (let above = (hole - 1) >> 1; hole > 0; above = (hole - 1) >> 1) {
      const parent = heap[above] as (typeof heap)[number];
      if (!isBefore(entry, parent)) break;
      heap[hole] = parent;
      hole = above;
    }
    heap[hole] = entry;
  }

  get nextAt(): number {
    return this.#heap[0]?.at ?? Infinity;
  }

  pop(): { readonly at: number; readonly what: T } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const sinking = heap.pop();
    if (sinking === undefined || heap.length === 0) return first;
    let hole = 0;
    for (;;) {
      const left = 2 * hole + 1;
      const [l, r] = [heap[left], heap[left + 1]];
      if (l === undefined) break;
      const isRight = r !== undefined && isBefore(r, l);
      const child = isRight ? r : l;
      if (!isBefore(child, sinking)) break;
      heap[hole] = child;
      hole = isRight ? left + 1 : left;
    }
    heap[hole] = sinking;
    return first;
  }
}

type Entry = { readonly at: number; readonly order: number };

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
