import { ManagementRefusal } from './management-client.ts';
import { type Ids, type ImportRun, NOT_MADE, type RowSchema, sourceRows, targetRows, written } from './import-run.ts';
import type { Kind } from './import-report.ts';

/** Where a thing stands here. `isNew`: this run has made it, so that nothing belongs to it yet. */
export type Here = { readonly id: number; readonly isNew: boolean };

/**
 * A kind of things that have a name of their own on both sides. That name is the journal of an import: whatever is here
 * under it was carried already, or needs not to be. So a run that was killed goes on, from any machine, and nothing doubles.
 */
export type NamedStep<S extends { readonly id: number }> = {
  readonly kind: Kind;
  /** Of the list, on both sides. */
  readonly path: string;
  /** Left out: the source's list at the path. */
  readonly rows?: AsyncIterable<S>;
  readonly schema: RowSchema<S>;
  /** What names it, in any case of letters. */
  readonly keyOf: (row: S) => string;
  readonly titleOf: (row: S) => string;
  /** What is sent to make it; null: it cannot be made, and `bodyOf` has told why. */
  readonly bodyOf: (row: S) => Promise<object | null> | object | null;
  /** Most things are made by an array of one; some by themselves. */
  readonly isMadeAlone?: true;
  /** What belongs to it. */
  readonly more?: (row: S, here: Here & { readonly before: S | null }) => Promise<void>;
};

/** Makes what is not here yet, and tells where all of it stands. */
export async function carryNamed<S extends { readonly id: number }>(run: ImportRun, step: NamedStep<S>): Promise<Ids> {
  const ids = new Map<number, number>();
  const here = await rowsHere(run, step);
  for await (const row of step.rows ?? sourceRows(run, step, step.schema)) {
    run.progress.seen(step.kind);
    const before = here.get(step.keyOf(row).toLowerCase()) ?? null;
    const id = before === null ? await make(run, step, row) : before.id;
    if (id === null) continue;
    if (before === null) run.report.carried(step.kind);
    else run.report.there(step.kind);
    ids.set(row.id, id);
    await step.more?.(row, { id, isNew: before === null, before });
  }
  return ids;
}

async function rowsHere<S extends { readonly id: number }>(
  run: ImportRun,
  { path, schema, keyOf }: NamedStep<S>,
): Promise<ReadonlyMap<string, S>> {
  const here = new Map<string, S>();
  for await (const row of targetRows(run, path, schema)) here.set(keyOf(row).toLowerCase(), row);
  return here;
}

async function make<S extends { readonly id: number }>(
  run: ImportRun,
  { kind, path, titleOf, bodyOf, isMadeAlone }: NamedStep<S>,
  row: S,
): Promise<number | null> {
  const body = await bodyOf(row);
  if (body === null) return null;
  return written(run, { kind, name: titleOf(row), instead: NOT_MADE }, async () => {
    const answer = await run.target.send('POST', path, isMadeAlone ? body : [body]);
    return idIn(Array.isArray(answer) ? answer[0] : answer);
  });
}

function idIn(answer: unknown): number {
  if (typeof answer === 'object' && answer !== null && 'id' in answer && typeof answer.id === 'number')
    return answer.id;
  throw new ManagementRefusal(200, '', 'The server does not say what it has made.');
}
