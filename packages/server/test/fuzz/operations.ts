import { createManagementDocument } from '@updraft/protocols/management-openapi';
import { createApiDocument } from '@updraft/protocols/openapi';
import fc from 'fast-check';
import { DDI_OPERATIONS, schemaOf } from './ddi-operations.ts';
import { meaningsOf } from './meanings.ts';
import type { KnownThings } from './known-things.ts';
import { type JsonSchema, type SchemaReader, valuesOf } from './schema-values.ts';

export const SURFACES = ['ddi', 'hawkbit', 'own'] as const;
export type Surface = (typeof SURFACES)[number];

/** One operation, with values for what it takes. */
export type Operation = {
  readonly surface: Surface;
  readonly method: string;
  /** With `{name}` where a place fills it. */
  readonly path: string;
  /** Whose places fill the path. */
  readonly collection: string;
  readonly query: fc.Arbitrary<Query>;
  readonly body: { readonly type: string; readonly values: fc.Arbitrary<unknown> } | null;
  readonly weight: number;
};

/** An OpenAPI document, as far as it is read here. */
type Document = {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
};
type Described = {
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
    readonly schema?: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: JsonSchema }>> };
};

/** Every operation of both documents and of the device API. */
export function operationsOf(known: KnownThings): readonly Operation[] {
  return [
    ...ofDocument(createManagementDocument('0') as Document, { surface: 'hawkbit', prefix: '', known }),
    ...ofDocument(createApiDocument('0') as Document, { surface: 'own', prefix: '/api/v1', known }),
    ...ofDevices(known),
    overridden(),
  ];
}

type Where = { readonly surface: Surface; readonly prefix: string; readonly known: KnownThings };

function ofDocument(document: Document, { surface, prefix, known }: Where): readonly Operation[] {
  const named = (document.components?.schemas ?? {}) as Readonly<Record<string, JsonSchema>>;
  return Object.entries(document.paths ?? {}).flatMap(([path, methods]) => {
    const whole = prefix + path;
    const collection = whole.split('/')[3] ?? '';
    const reader = { named, meanings: meaningsOf(surface, whole, known) };
    return Object.entries(methods as Readonly<Record<string, Described>>).map(([method, described]) => {
      const operation = { surface, method: method.toUpperCase(), path: whole, collection };
      return { ...operation, ...takenBy(reader, described), weight: weightOf(operation) };
    });
  });
}

function takenBy(reader: SchemaReader, { parameters = [], requestBody }: Described): Pick<Operation, 'query' | 'body'> {
  const ofQuery = parameters.filter((parameter) => parameter.in === 'query');
  const fields = Object.fromEntries(
    ofQuery.map(({ name, schema }) => [name, valuesOf(reader, schema ?? {}, name).map(textOf)]),
  );
  const requiredKeys = ofQuery.filter(({ required }) => required).map(({ name }) => name);
  const [content] = Object.entries(requestBody?.content ?? {});
  return {
    query: queriesOf(fields, requiredKeys),
    body: content === undefined ? null : { type: content[0], values: valuesOf(reader, content[1].schema ?? {}) },
  };
}

type Query = Readonly<Record<string, string>>;

/** Most ask with nothing more than is needed: what is asked with much is mostly wrong somewhere. */
function queriesOf(
  fields: Readonly<Record<string, fc.Arbitrary<string>>>,
  needed: readonly string[],
): fc.Arbitrary<Query> {
  const chosen = (keys: readonly string[]) =>
    Object.fromEntries(Object.entries(fields).filter(([key]) => keys.includes(key)));
  const bare = fc.record(chosen(needed));
  const one = Object.keys(fields).map((key) => fc.record(chosen([...needed, key])));
  return fc.oneof(
    { weight: 2, arbitrary: bare },
    { weight: 3, arbitrary: one.length === 0 ? bare : fc.oneof(...one) },
    { weight: 1, arbitrary: fc.record({ ...fields }, { requiredKeys: [...needed] }) as fc.Arbitrary<Query> },
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function ofDevices(known: KnownThings): readonly Operation[] {
  return DDI_OPERATIONS.map(({ method, path, query = [], body }) => {
    const reader = { named: {}, meanings: meaningsOf('ddi', path, known) };
    const numbers = Object.fromEntries(query.map((name) => [name, fc.integer().map(String)]));
    return {
      surface: 'ddi',
      method,
      path: `/{tenant}/controller/v1/{controller}${path}`,
      collection: 'devices',
      query: queriesOf(numbers, []),
      body: body === undefined ? null : { type: 'application/json', values: valuesOf(reader, schemaOf(body)) },
      weight: ORDINARY * SHARE.ddi,
    };
  });
}

/** For clients whose network lets no PATCH through: it is in no document, as its method says nothing. */
function overridden(): Operation {
  const type = 'application/offset+octet-stream';
  const body = { type, values: fc.constant(null) };
  const operation = { surface: 'own', method: 'POST', path: '/api/v1/uploads/{id}', collection: 'uploads' } as const;
  return { ...operation, query: fc.constant({}), body, weight: ORDINARY };
}

const ORDINARY = 60;
/** How much more often an operation is asked than one of our own API; there are 16 of devices, and some 140 of `/rest/v1`. */
const SHARE: Readonly<Record<Surface, number>> = { ddi: 11, hawkbit: 2, own: 1 };

/** Ends what others need. */
const DESTROYING = /^DELETE |\/(invalidate|decommission|replace|withdraw|stop|return)$/;
/** Hashes passwords for people, simulates a fleet, or shuts doors: each costs a hundred ordinary ones. */
const COSTLY =
  /^(POST \S+\/(users|tenants|forecast|rehearse)|PATCH \S+\/(users\/\{id\}|settings)|DELETE \S+\/tenants.*|PUT \S+\/system\/configs.*)$/;

function weightOf({ surface, method, path }: { surface: Surface; method: string; path: string }): number {
  const what = `${method} ${path}`;
  if (COSTLY.test(what)) return SHARE[surface] * 2;
  return SHARE[surface] * (DESTROYING.test(what) ? ORDINARY / 4 : ORDINARY);
}
