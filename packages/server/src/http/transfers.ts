/** Counts what is being sent or received, so that a graceful stop can wait for it. */
export interface Transfers {
  /** Counts one until it is disposed of. */
  begin(): Disposable;
  readonly underWay: number;
  /** Resolves when nothing is under way, or when the signal aborts; true if nothing is. */
  idle(signal: AbortSignal): Promise<boolean>;
}

export function createTransfers(): Transfers {
  let underWay = 0;
  const waiting = new Set<() => void>();
  return {
    begin() {
      let counted = true;
      underWay += 1;
      return {
        [Symbol.dispose]() {
          if (!counted) return;
          counted = false;
          underWay -= 1;
          if (underWay === 0) for (const wake of waiting) wake();
        },
      };
    },
    get underWay() {
      return underWay;
    },
    async idle(signal) {
      if (underWay > 0 && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const wake = () => resolve();
        waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
        await promise;
        waiting.delete(wake);
        signal.removeEventListener('abort', wake);
      }
      return underWay === 0;
    },
  };
}
