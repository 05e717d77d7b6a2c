import { BoundedMemory } from '../../bounded-memory.ts';

/** Attempts whose downloads are followed; of more than this the oldest are forgotten, and then never found complete. */
export const MAX_FOLLOWED_ATTEMPTS = 20_000;

type Part = { readonly id: number; readonly size: number };

/**
 * How far the bytes of each attempt's artifacts went to their device without a gap, from their beginning. Kept in memory
 * only: what a restart forgets, a report makes up for. Ranges beyond a gap do not count.
 */
export class DownloadMarks {
  readonly #marks = new BoundedMemory<number, Map<number, number>>(MAX_FOLLOWED_ATTEMPTS);

  /** Bytes `from` up to, not including, `to` of an artifact went out. */
  advance(attempt: number, artifact: number, sent: { readonly from: number; readonly to: number }): void {
    const marks = this.#marksOf(attempt);
    const mark = marks.get(artifact) ?? 0;
    if (sent.from <= mark && sent.to > mark) marks.set(artifact, sent.to);
  }

  /** Whether every byte of all these artifacts went out; tells it once. */
  completes(attempt: number, artifacts: readonly Part[]): boolean {
    const marks = this.#marks.get(attempt);
    if (marks === undefined || !artifacts.every(({ id, size }) => (marks.get(id) ?? 0) >= size)) return false;
    this.#marks.delete(attempt);
    return true;
  }

  #marksOf(attempt: number): Map<number, number> {
    return this.#marks.get(attempt) ?? this.#marks.set(attempt, new Map());
  }
}
