import fc from 'fast-check';
import type { FuzzRequest } from './requests.ts';
import { BYTE_SPOILINGS, VALUE_SPOILINGS } from './spoilt-values.ts';

/** Makes a request wrong in one way. */
type Mutation = (request: FuzzRequest) => FuzzRequest;

/** Of a hundred requests so many go out as they should be. */
const SOUND_PERCENT = 55;

/** None, one or two mutations. */
export function mutations(): fc.Arbitrary<Mutation> {
  return fc
    .tuple(fc.nat({ max: 99 }), fc.array(mutation(), { minLength: 1, maxLength: 2 }))
    .map(([draw, some]) => (request) => {
      return draw < SOUND_PERCENT ? request : some.reduce((spoilt, one) => one(spoilt), request);
    });
}

function mutation(): fc.Arbitrary<Mutation> {
  return fc.oneof(
    { weight: 6, arbitrary: bodyValues() },
    { weight: 3, arbitrary: bodyBytes() },
    { weight: 2, arbitrary: bodyTypes() },
    { weight: 4, arbitrary: paths() },
    { weight: 4, arbitrary: queries() },
    { weight: 2, arbitrary: methods() },
    { weight: 4, arbitrary: headers() },
    { weight: 2, arbitrary: credentials() },
  );
}

function bodyValues(): fc.Arbitrary<Mutation> {
  return VALUE_SPOILINGS.map((spoil) => (request) => {
    const read = jsonIn(request);
    return read === null ? request : { ...request, body: Buffer.from(JSON.stringify(spoil(read.value)) ?? '') };
  });
}

/** null: something else, or spoilt already. */
function jsonIn({ body, headers: { 'content-type': type } }: FuzzRequest): { readonly value: unknown } | null {
  if (body === null || type !== 'application/json') return null;
  try {
    return { value: JSON.parse(body.toString()) as unknown };
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

function bodyBytes(): fc.Arbitrary<Mutation> {
  return BYTE_SPOILINGS.map((spoil) => (request) => ({ ...request, body: spoil(request.body ?? Buffer.from('{}')) }));
}

function bodyTypes(): fc.Arbitrary<Mutation> {
  const types = [
    'text/plain',
    'application/xml',
    'application/hal+json',
    'application/cbor',
    'application/json;charset=utf-16',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'application/x-www-form-urlencoded',
    '',
    '/',
    'application/json, text/plain',
    'APPLICATION/JSON',
  ];
  return fc.constantFrom(...types).map((type) => (request) => withHeaders(request, { 'content-type': type }));
}

const ODD_SEGMENTS = [
  '-1',
  '0',
  '1e3',
  '9'.repeat(25),
  '2147483648',
  'x',
  '%00',
  '%ff',
  '%',
  '..%2f..',
  '%2e%2e',
  '',
  ' ',
  'ü',
  '🐝',
  'x'.repeat(300),
  'x'.repeat(4000),
  "'--",
  '*',
  'null',
  'undefined',
  'NaN',
  '1;a=b',
  'a%2Fb',
  '%ed%a0%80',
  'constructor',
  '__proto__',
];

function paths(): fc.Arbitrary<Mutation> {
  return fc
    .tuple(fc.nat({ max: 15 }), fc.constantFrom(...ODD_SEGMENTS), fc.boolean())
    .map(([draw, odd, isMore]) => (request) => {
      const fixed = request.surface === 'own' || request.surface === 'hawkbit' ? 2 : 0;
      const at = fixed + (draw % Math.max(request.segments.length - fixed, 1));
      const segments = isMore && draw > 13 ? [...request.segments, odd] : request.segments.with(at, odd);
      return { ...request, segments, isElsewhere: true };
    });
}

const ODD_WORDS = [
  '',
  '-1',
  '0',
  '1e9',
  '9'.repeat(30),
  'NaN',
  'null',
  '[]',
  'true',
  '\u0000',
  '\ud83d',
  '%',
  "'",
  '*',
  'x'.repeat(5000),
  'id:',
  ':',
  ',',
  '((((',
  'a==',
  '==b',
  ';',
  '${',
  'Ω',
];
const ODD_NAMES = [
  'q',
  'limit',
  'offset',
  'sort',
  'filter',
  'cursor',
  'representation',
  'c',
  'actionHistory',
  'force',
  'offline',
  'filename',
  '__proto__',
  'limit[]',
  '',
];

function queries(): fc.Arbitrary<Mutation> {
  return fc
    .tuple(fc.constantFrom(...ODD_NAMES), fc.constantFrom(...ODD_WORDS), fc.nat({ max: 2 }))
    .map(([name, word, how]) => (request) => {
      const [first, ...rest] = request.query;
      if (how === 0 && first !== undefined) return { ...request, query: [[first[0], word] as const, ...rest] };
      if (how === 1 && first !== undefined) return { ...request, query: [first, ...request.query] };
      return { ...request, query: [...request.query, [name, word] as const] };
    });
}

function methods(): fc.Arbitrary<Mutation> {
  const all = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'TRACE', 'QUERY'];
  return fc.constantFrom(...all).map((method) => (request) => ({ ...request, method, isElsewhere: true }));
}

const ODD_HEADERS: readonly Readonly<Record<string, string>>[] = [
  { range: 'bytes=0-3' },
  { range: 'bytes=-2,0-0,3-' },
  { range: 'bytes=9-1' },
  { range: 'bytes=99999999999999999999-' },
  { range: 'lines=1' },
  { range: 'bytes=' },
  { range: `bytes=${Array.from({ length: 300 }, (_, at) => `${at}-${at}`).join(',')}` },
  { range: 'bytes=0-1', 'if-range': '"x"' },
  { 'if-none-match': '*' },
  { 'if-none-match': '"a", W/"b"' },
  { 'if-match': '"nothing"' },
  { 'if-match': '"1"' },
  { 'if-match': '*' },
  { 'if-match': 'x' },
  { 'if-modified-since': 'yesterday' },
  { accept: 'text/html' },
  { accept: ';;;' },
  { accept: 'application/json;q=x' },
  { accept: ',' },
  { accept: 'application/cbor' },
  { 'accept-encoding': 'br;q=1, *;q=0' },
  { host: '' },
  { host: 'a b' },
  { host: '[::1' },
  { host: 'x'.repeat(300) },
  { 'x-forwarded-for': '1.2.3.4, ::' },
  { 'x-forwarded-proto': 'javascript' },
  { 'x-forwarded-host': 'evil.example' },
  { 'x-controller-id': 't-1', 'x-authority': 'ca' },
  { 'idempotency-key': 'k' },
  { 'idempotency-key': '' },
  { 'idempotency-key': 'x'.repeat(400) },
  { 'last-event-id': '-1' },
  { 'last-event-id': '9'.repeat(30) },
  { 'upload-offset': '-1' },
  { 'upload-length': '1e9' },
  { 'tus-resumable': '0.1' },
  { 'content-encoding': 'gzip' },
  { 'user-agent': '\u00ff' },
  { cookie: 'a=b' },
  { origin: 'null' },
];

function headers(): fc.Arbitrary<Mutation> {
  return fc.constantFrom(...ODD_HEADERS).map((more) => (request) => withHeaders(request, more));
}

/** Wrong passwords are not among them: each costs what a hundred requests do. */
const ODD_CREDENTIALS = [
  '',
  'Basic',
  'Basic !!!',
  'Basic YTpi OmM=',
  'Basic Og==',
  'Bearer',
  'Bearer x',
  `Bearer ${'x'.repeat(3000)}`,
  'TargetToken x',
  'TargetToken ',
  'GatewayToken x',
  'GatewayToken \u00ff',
  'Digest username="a"',
  'Negotiate',
  'bearer null',
];

function credentials(): fc.Arbitrary<Mutation> {
  return fc.constantFrom(...ODD_CREDENTIALS, null).map((authorization) => (request) => {
    const { authorization: _shown, ...others } = request.headers;
    return { ...request, headers: authorization === null ? others : { ...others, authorization } };
  });
}

function withHeaders(request: FuzzRequest, more: Readonly<Record<string, string>>): FuzzRequest {
  return { ...request, headers: { ...request.headers, ...more } };
}
