import type { ApiClient } from '@updraft/protocols';
import { ManagementRefusal, type ManagementClient } from './management-client.ts';
import type { ImportProgress } from './import-progress.ts';
import type { ImportReport, Kind, Left } from './import-report.ts';

/** What the steps of an import work with. */
export type ImportRun = {
  /** A running hawkBit, of which is only read. */
  readonly source: ManagementClient;
  /** This server's `/rest/v1`. */
  readonly target: ManagementClient;
  /** This server's own API, for what hawkBit's cannot take. */
  readonly api: ApiClient;
  readonly report: ImportReport;
  readonly progress: ImportProgress;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Nothing is written. */
  readonly isDry: boolean;
  readonly beginsUpdates: boolean;
  readonly carriesHistory: boolean;
};

/** Ids here, by ids of the source. */
export type Ids = ReadonlyMap<number, number>;

/** In the place of an id that a dry run would have made. */
export const NOT_MADE = -1;

/** What zod schemas have in common; a row that departs from it is left and told. */
export type RowSchema<T> = {
  safeParse(value: unknown): { readonly success: true; readonly data: T } | { readonly success: false };
};

/** Rows of one of the source's lists. A list that it does not have, or does not show, is told and is empty. */
export async function* sourceRows<T>(
  { source, report }: ImportRun,
  {
    kind,
    path,
    query = {},
  }: { readonly kind: Kind; readonly path: string; readonly query?: Readonly<Record<string, string>> },
  schema: RowSchema<T>,
): AsyncGenerator<T, void> {
  try {
    for await (const row of source.list(path, query)) {
      const parsed = schema.safeParse(row);
      if (parsed.success) yield parsed.data;
      else report.left({ kind, name: nameOf(row), code: 'answer-unexpected' });
    }
  } catch (error) {
    if (!(error instanceof ManagementRefusal)) throw error;
    report.left(leftOfSource(error, kind, path));
  }
}

/** Rows of one of this server's lists; what departs from the schema is none that an import knows. */
export async function* targetRows<T>(
  { target }: ImportRun,
  path: string,
  schema: RowSchema<T>,
): AsyncGenerator<T, void> {
  for await (const row of target.list(path)) {
    const parsed = schema.safeParse(row);
    if (parsed.success) yield parsed.data;
  }
}

/** Why the source did not show something. */
export function leftOfSource(refusal: ManagementRefusal, kind: Kind, name: string): Left {
  const { key, message } = refusal;
  return { kind, name, code: codeOfSource(refusal), message, ...(key === '' ? {} : { reason: key }) };
}

const THING_KEYS = /^(repo\.entityNotFound|deleted)$/;

/** hawkBit tells of a thing that is gone by a key of things; of a route that it does not have by none. */
function codeOfSource({ status, key }: ManagementRefusal): Left['code'] {
  if (status === 403) return 'source-forbidden';
  if (status === 404 && THING_KEYS.test(key)) return 'deleted';
  return status === 404 || status === 405 ? 'route-missing' : 'source-refused';
}

/** Of what cannot be read, in the report. */
const NAME_MAX_CHARACTERS = 200;

/** Whatever a row that cannot be read calls itself. */
function nameOf(row: unknown): string {
  if (typeof row !== 'object' || row === null) return JSON.stringify(row ?? null).slice(0, NAME_MAX_CHARACTERS);
  const { controllerId, name, id } = row as Readonly<Record<string, unknown>>;
  const told = [controllerId, name, id].find((one) => typeof one === 'string' || typeof one === 'number');
  return String(told ?? 'without a name').slice(0, NAME_MAX_CHARACTERS);
}

/** Does something at this server; what it refuses is told, and null. In a dry run nothing is done, and `instead` is the answer. */
export async function written<T>(
  { report, isDry }: ImportRun,
  thing: { readonly kind: Kind; readonly name: string; readonly instead: T },
  work: () => Promise<T>,
): Promise<T | null> {
  if (isDry) return thing.instead;
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ManagementRefusal)) throw error;
    report.left(leftHere(error, thing.kind, thing.name));
    return null;
  }
}

/** As {@link written}, for what answers nothing that is needed: `things` count as carried where it was done. */
export async function sentOver(
  run: ImportRun,
  { kind, name, things = 1 }: { readonly kind: Kind; readonly name: string; readonly things?: number },
  work: () => Promise<unknown>,
): Promise<void> {
  const done = await written(run, { kind, name, instead: true }, async () => {
    await work();
    return true;
  });
  if (done !== null) run.report.carried(kind, things);
}

function leftHere({ key, message }: ManagementRefusal, kind: Kind, name: string): Left {
  const code = key === 'repo.entityAlreadyExists' ? 'name-taken' : 'refused';
  return { kind, name, code, message, ...(key === '' ? {} : { reason: key }) };
}
