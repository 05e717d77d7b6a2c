import { isUniqueViolation } from '../database/store-error.ts';

/** Two commands made the same row at once; the one that lost runs again and finds the other's row. */
export class UniqueRace extends Error {
  readonly code = 'unique-race';
  constructor(cause: unknown) {
    super('another command made the same row first', { cause });
    this.name = 'UniqueRace';
  }
}

/**
 * Declares that a unique violation in `insert` is a race and no refusal: the command that holds it looked for the row
 * before and did not find it, so that running again will. On SQLite commands do not race.
 */
export async function retriedOnRace<T>(insert: () => Promise<T>): Promise<T> {
  try {
    return await insert();
  } catch (error) {
    throw isUniqueViolation(error) ? new UniqueRace(error) : error;
  }
}
