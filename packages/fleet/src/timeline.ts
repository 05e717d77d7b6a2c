import type { Clock } from './clock.ts';

type Sleeper = { readonly at: number; readonly order: number; readonly wake: (inTime: boolean) => void };

/**
 * Who sleeps until when: one heap and one armed timer for any number of devices. Who is due at the same time wakes in the
 * order of falling asleep, so that runs repeat. Disposing wakes all at once and for ever.
 */
export class Timeline implements Disposable {
  readonly #clock: Clock;
  readonly #heap: Sleeper[] = [];
  #order = 0;
  #armedFor = Infinity;
  #disarm: () => void = () => undefined;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get closed(): boolean {
    return this.#closed;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Resolves to true when `ms` of simulated time have passed, to false when the timeline was closed before. */
  sleep(ms: number): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    return new Promise((wake) => {
      push(this.#heap, { at: this.#clock.now() + ms, order: this.#order++, wake });
      this.#arm();
    });
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#disarm();
    for (const { wake } of this.#heap.splice(0)) wake(false);
  }

  #arm(): void {
    const first = this.#heap[0]?.at ?? Infinity;
    if (first >= this.#armedFor) return;
    this.#disarm();
    this.#armedFor = first;
    this.#disarm = this.#clock.wakeAt(first, () => this.#wakeDue());
  }

  #wakeDue(): void {
    this.#armedFor = Infinity;
    this.#disarm = () => undefined;
    const now = this.#clock.now();
    for (let next = this.#heap[0]; next !== undefined && next.at <= now; next = this.#heap[0]) {
      pop(this.#heap);
      next.wake(true);
    }
    this.#arm();
  }
}

function isBefore(a: Sleeper, b: Sleeper): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Sleeper[], sleeper: Sleeper): void {
  let hole = heap.length;
  heap.push(sleeper);
  while (hole > 0) {
    const above = (hole - 1) >> 1;
    const parent = heap[above] as Sleeper;
    if (!isBefore(sleeper, parent)) break;
    heap[hole] = parent;
    hole = above;
  }
  heap[hole] = sleeper;
}

/** Takes the first sleeper out; the last one sinks from the top to its place. */
function pop(heap: Sleeper[]): void {
  const sinking = heap.pop();
  if (sinking === undefined || heap.length === 0) return;
  let hole = 0;
  for (;;) {
    const child = earlierChild(heap, hole);
    if (child === null || !isBefore(heap[child] as Sleeper, sinking)) break;
    heap[hole] = heap[child] as Sleeper;
    hole = child;
  }
  heap[hole] = sinking;
}

function earlierChild(heap: readonly Sleeper[], above: number): number | null {
  const left = heap[2 * above + 1];
  const right = heap[2 * above + 2];
  if (left === undefined) return null;
  return right !== undefined && isBefore(right, left) ? 2 * above + 2 : 2 * above + 1;
}
