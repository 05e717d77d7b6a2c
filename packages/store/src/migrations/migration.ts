import type { Kysely } from 'kysely';
import type { Dialect } from '../command.ts';
import type { Schema } from '../schema.ts';

/** One step forward of the schema. There is none back. */
export type Migration = {
  readonly number: number;
  readonly name: string;
  readonly up: (db: Kysely<Schema>, dialect: Dialect) => Promise<void>;
};
