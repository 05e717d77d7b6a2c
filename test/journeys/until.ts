import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_AGAIN_MS = 50;
const DEFAULT_TIME_LIMIT_MS = 60_000;

export type Look<T> = {
  /** Completes "… did not come": "the report after the restart". */
  readonly what: string;
  readonly look: () => Promise<T>;
  readonly isIt: (found: T) => boolean;
  readonly timeLimitMs?: number;
};

/** Looks again and again until it is it; rejects with what was found last when time is over. */
export async function until<T>({ what, look, isIt, timeLimitMs = DEFAULT_TIME_LIMIT_MS }: Look<T>): Promise<T> {
  for (const deadline = performance.now() + timeLimitMs; ; await sleep(LOOK_AGAIN_MS)) {
    // Asked before the look: what is there at the deadline is seen all the same.
    const isLate = performance.now() >= deadline;
    const found = await look();
    if (isIt(found)) return found;
    if (isLate) throw new Error(`${what} did not come in ${timeLimitMs} ms; last seen: ${JSON.stringify(found)}`);
  }
}
