import type { CommandMap, Store } from '@updraft/store';

/**
 * A comment this often keeps proxies from closing, finds who has gone, and asks whether the credential still counts,
 * however many events come meanwhile. Who takes nothing for as long is let go, so that others find room.
 */
export const HEARTBEAT_SECONDS = 15;

export type StreamAlarm = {
  /** Says that there is more to tell. */
  readonly set: () => void;
  /** Says that the client takes what it is told. */
  readonly calm: () => void;
  readonly rung: () => Promise<'event' | 'heartbeat'>;
  readonly stop: () => void;
};

/**
 * Rings with each heartbeat, and for events that came since it was last heard, also while nobody listened. Who neither
 * hears nor takes anything from one heartbeat to the next but one stands still: that ends it.
 */
export function createStreamAlarm(
  { onEvents }: Pick<Store<CommandMap>, 'onEvents'>,
  ending: AbortController,
): StreamAlarm {
  let [isPending, isBeating, stands] = [false, false, false];
  let ring: (() => void) | null = null;
  const set = () => {
    isPending = true;
    ring?.();
  };
  const beat = () => {
    if (stands) return ending.abort();
    [isBeating, stands] = [true, true];
    timer = setTimeout(beat, HEARTBEAT_SECONDS * 1000);
    ring?.();
  };
  let timer = setTimeout(beat, HEARTBEAT_SECONDS * 1000);
  const unsubscribe = onEvents(set);
  const wake = () => ring?.();
  ending.signal.addEventListener('abort', wake);
  return {
    set,
    calm: () => {
      stands = false;
    },
    rung: async () => {
      stands = false;
      const { promise, resolve } = Promise.withResolvers<void>();
      if (isPending || isBeating || ending.signal.aborted) resolve();
      ring = resolve;
      await promise;
      ring = null;
      stands = false;
      if (!isBeating && isPending) {
        isPending = false;
        return 'event';
      }
      isBeating = false;
      return 'heartbeat';
    },
    stop: () => {
      clearTimeout(timer);
      unsubscribe();
      ending.signal.removeEventListener('abort', wake);
    },
  };
}
