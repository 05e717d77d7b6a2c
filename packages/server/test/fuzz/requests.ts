import { encodeCbor } from '@updraft/protocols';
import fc from 'fast-check';
import type { KnownThings, Place } from './known-things.ts';
import { type Operation, operationsOf, type Surface } from './operations.ts';

/** A request before anything is spoilt. */
export type FuzzRequest = {
  readonly surface: Surface;
  /** `METHOD /path/{name}`, for reports. */
  readonly operation: string;
  readonly method: string;
  /** Segments of the path, not yet escaped. */
  readonly segments: readonly string[];
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /** Its address or method was spoilt: it may be nobody's. */
  readonly isElsewhere: boolean;
};

/** Requests to every operation, each as it should be. */
export function requestsOf(known: KnownThings): fc.Arbitrary<FuzzRequest> {
  const operations = operationsOf(known);
  return fc.oneof(
    ...operations.map((operation) => ({ weight: operation.weight, arbitrary: requestsTo(operation, known) })),
  );
}

/** Requests to one operation, as they should be. */
export function requestsTo(operation: Operation, known: KnownThings): fc.Arbitrary<FuzzRequest> {
  const { surface, method, path, query } = operation;
  return fc
    .record({ draw: fc.nat({ max: 4095 }), query, body: bodiesOf(operation), trait: fc.nat({ max: 99 }) })
    .map(({ draw, query: asked, body, trait }) => {
      const places = known.places(surface, operation.collection);
      const place = places[draw % Math.max(places.length, 1)] ?? {};
      return {
        surface,
        operation: `${method} ${path}`,
        method,
        segments: path
          .slice(1)
          .split('/')
          .map((segment) => filled(segment, place, draw)),
        query: Object.entries(asked),
        headers: { ...headersOf(surface, trait, known, place), ...body.headers, ...tusHeaders(operation) },
        body: body.bytes,
        isElsewhere: false,
      };
    });
}

function tusHeaders({ path, method }: Operation): Headers {
  if (!path.startsWith('/api/v1/uploads')) return {};
  const override: Headers = method === 'POST' && path.endsWith('}') ? { 'x-http-method-override': 'PATCH' } : {};
  return { 'tus-resumable': '1.0.0', 'upload-offset': '0', 'upload-length': '8', ...override };
}

/** What no place says is a small number, which often names a row. */
function filled(segment: string, place: Place, draw: number): string {
  return segment.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => place[name] ?? String(1 + (draw % 12)));
}

type Headers = Readonly<Record<string, string>>;

type Body = { readonly headers: Headers; readonly bytes: Buffer | null };

function bodiesOf({ surface, body }: Operation): fc.Arbitrary<Body> {
  if (body === null) return fc.constant({ headers: {}, bytes: null });
  const { type, values } = body;
  if (type === 'multipart/form-data') return fc.nat({ max: 999 }).map(formOf);
  if (!type.endsWith('json')) return fc.uint8Array({ maxLength: 64 }).map((bytes) => bytesBody(type, bytes));
  const json = values.map((value) => bytesBody(type, Buffer.from(JSON.stringify(value))));
  if (surface !== 'ddi') return json;
  const cbor = values.map((value) => bytesBody('application/cbor', encodeCbor(value)));
  return fc.oneof({ weight: 4, arbitrary: json }, { weight: 1, arbitrary: cbor });
}

function bytesBody(type: string, bytes: Uint8Array): Body {
  return { headers: { 'content-type': type }, bytes: Buffer.from(bytes) };
}

function formOf(draw: number): Body {
  const part = `--B\r\nContent-Disposition: form-data; name="file"; filename="u-${draw}"\r\n\r\n${draw}\r\n--B--\r\n`;
  return { headers: { 'content-type': 'multipart/form-data; boundary=B' }, bytes: Buffer.from(part) };
}

const USER_AGENTS = ['libcurl-agent/1.0', 'rauc-hawkbit-updater/1.4', 'hara', 'curl/8'];
const ACCEPTS = ['application/json', 'application/hal+json', '*/*', 'application/cbor, application/json;q=0.5'];

/** Who asks, and how it likes to be answered. `trait` is of a hundred. */
function headersOf(surface: Surface, trait: number, known: KnownThings, place: Place): Headers {
  const { user, token, gateway } = known.authorizations;
  const accept = ACCEPTS[trait % ACCEPTS.length] ?? '';
  const common: Headers = trait < 50 ? {} : { accept };
  if (surface !== 'ddi') return { authorization: trait % 3 === 0 ? user : token, ...common };
  const agent = USER_AGENTS[trait % USER_AGENTS.length] ?? '';
  const authorization = trait % 2 === 0 ? gateway : known.targetToken(place['controller'] ?? '');
  return { authorization, 'user-agent': agent, ...common };
}
