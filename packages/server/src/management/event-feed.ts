import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** Between two looks for what is new: a person sees no difference, and a thousand events cost hundreds of streams ten looks. */
const REST_MS = 100;

/** After which position a tenant's events are looked for. */
export type FeedPlace = { readonly tenant: number; readonly after: number };

/**
 * One look for many streams: who asks for the same place while a look waits for its turn shares it. Whoever asks when it has
 * begun waits for the next, so that each is told what could be read when it asked.
 */
export class EventFeed<Told> {
  readonly #look: (place: FeedPlace) => Promise<Told>;
  readonly #waiting = new Map<string, Promise<Told>>();
  #lookedAt = -Infinity;

  constructor(look: (place: FeedPlace) => Promise<Told>) {
    this.#look = look;
  }

  /** `isBehind`: it is known that there is more, which need not wait. */
  next(place: FeedPlace, isBehind: boolean): Promise<Told> {
    const key = `${place.tenant}/${place.after}`;
    const told = this.#waiting.get(key) ?? this.#inTurn(key, place, isBehind);
    this.#waiting.set(key, told);
    return told;
  }

  async #inTurn(key: string, place: FeedPlace, isBehind: boolean): Promise<Told> {
    const restMs = isBehind ? 0 : this.#lookedAt + REST_MS - performance.now();
    await (restMs > 0 ? sleep(restMs) : nextTurn());
    this.#waiting.delete(key);
    this.#lookedAt = performance.now();
    return this.#look(place);
  }
}
