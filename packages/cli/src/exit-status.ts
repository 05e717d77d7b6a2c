import { EXIT_CODES } from './exit-codes.ts';
import type { Exit } from './exit-codes.ts';

/** Ends a command that has said all by itself, with a status that is not 0: the verdict on a bundle, the end of a rollout. */
export class ExitStatus extends Error {
  readonly status: number;

  constructor(exit: Exit) {
    super(exit);
    this.name = 'ExitStatus';
    this.status = EXIT_CODES[exit].status;
  }
}
