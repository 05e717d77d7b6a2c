/** Counts steps; once it is lit it kills its own process with -9 at the `killAt`-th. */
export class Fuse {
  readonly #killAt: number;
  #steps = 0;
  #isLit = false;

  constructor(killAt: number) {
    this.#killAt = killAt;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Counts from here on. */
  begin(isLit: boolean): void {
    this.#steps = 0;
    this.#isLit = isLit;
  }

  step(): void {
    this.#steps += 1;
    if (this.#isLit && this.#steps === this.#killAt) process.kill(process.pid, 'SIGKILL');
  }
}
