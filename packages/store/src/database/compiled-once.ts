import type { CompiledQuery, Kysely, QueryResult } from 'kysely';
import type { Schema } from '../schema.ts';
import { runCompiled } from './kysely-database.ts';

/** What a statement's text is built from: any value stands for every other. */
type Values = Readonly<Record<string, unknown>>;
type Build<V extends Values, Row> = (db: Kysely<Schema>, values: V) => { readonly compile: () => CompiledQuery<Row> };
type Run<V extends Values, Row> = (db: Kysely<Schema>, values: V) => Promise<QueryResult<Row>>;

/** Stands in a statement for the value of that name. */
class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/**
 * A statement of a hot path, whose text is put together once for each connection and not at each run: that takes longer
 * than the statement itself. `build` may use its values as parameters only, never to decide what it builds.
 */
export function compiledOnce<V extends Values, Row>(build: Build<V, Row>): Run<V, Row> {
  const known = new WeakMap<Kysely<Schema>, CompiledQuery<Row>>();
  return (db, values) => {
    const compiled = known.get(db) ?? build(db, placeholders<V>()).compile();
    known.set(db, compiled);
    const parameters = compiled.parameters.map((value) => (value instanceof Placeholder ? values[value.name] : value));
    return runCompiled(db, { ...compiled, parameters });
  };
}

function placeholders<V extends Values>(): V {
  return new Proxy({} as V, { get: (_, name) => new Placeholder(String(name)) });
}
