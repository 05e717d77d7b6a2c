/** Who waits for new events, in this process. */
export class EventListeners {
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  wake(): void {
    for (const listener of this.#listeners) listener();
  }
}
