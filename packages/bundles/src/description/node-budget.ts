import { refuse } from '../bundle-problem.ts';
import { LIMITS } from '../limits.ts';

/** Counts what a parser builds, so that a small text cannot grow into a large tree. */
export interface NodeBudget {
  /** One more setting. Throws `description-too-many-settings`. */
  count(): void;
  /** Runs a parser one level deeper. Throws `description-too-deep`. */
  deeper<T>(parse: () => T): T;
}

export function createNodeBudget(): NodeBudget {
  let settings = 0;
  let depth = 0;
  return {
    count() {
      if (++settings > LIMITS.descriptionSettings) throw refuse('description-too-many-settings');
    },
    deeper(parse) {
      if (++depth > LIMITS.descriptionDepth)
        throw refuse('description-too-deep', { detail: `deeper than ${LIMITS.descriptionDepth}` });
      const parsed = parse();
      depth--;
      return parsed;
    },
  };
}
