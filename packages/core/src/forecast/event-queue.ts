import type { Instant } from '../attempt.ts';

/** What happens next comes first; what happens at once, in the order in which it was added. */
export interface EventQueue<E> {
  add(at: Instant, event: E): void;
  next(): { readonly at: Instant; readonly event: E } | null;
}

type Entry<E> = { readonly at: Instant; readonly order: number; readonly event: E };

/** A binary heap. */
export function eventQueue<E>(): EventQueue<E> {
  const heap: Entry<E>[] = [];
  let order = 0;
  return {
    add(at, event) {
      heap.push({ at, order: order++, event });
      rise(heap);
    },
    next() {
      const [first] = heap;
      const last = heap.pop();
      if (first === undefined || last === undefined) return null;
      if (heap.length > 0) sink(heap, last);
      return first;
    },
  };
}

function rise<E>(heap: Entry<E>[]): void {
  let place = heap.length - 1;
  const entry = heap[place] as Entry<E>;
  while (place > 0) {
    const parent = (place - 1) >>> 1;
    if (!isBefore(entry, heap[parent] as Entry<E>)) break;
    heap[place] = heap[parent] as Entry<E>;
    place = parent;
  }
  heap[place] = entry;
}

/** Puts `entry` in the place of the first, and down to where it belongs. */
function sink<E>(heap: Entry<E>[], entry: Entry<E>): void {
  let place = 0;
  for (;;) {
    const left = 2 * place + 1;
    const right = left + 1;
    if (left >= heap.length) break;
    const child = right < heap.length && isBefore(heap[right] as Entry<E>, heap[left] as Entry<E>) ? right : left;
    if (!isBefore(heap[child] as Entry<E>, entry)) break;
    heap[place] = heap[child] as Entry<E>;
    place = child;
  }
  heap[place] = entry;
}

function isBefore<E>(a: Entry<E>, b: Entry<E>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
