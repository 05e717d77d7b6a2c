import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';

/** What goes over one connection. */
export type RawTalk = {
  readonly pieces: readonly Buffer[];
  /** Between two pieces. */
  readonly pauseMilliseconds: number;
  /** `cut`: the connection is reset, as a device's that loses its network. */
  readonly ending: 'end' | 'cut';
};

type Sayings = { readonly gateway: string; readonly user: string };

/** Connections that speak HTTP badly: spoilt bytes, bad headers and chunks, pipelines, slow ones and cut ones. */
export function rawTalks(known: Sayings): fc.Arbitrary<RawTalk> {
  const requests = fc.constantFrom(...soundRequests(known));
  const texts = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(requests, fc.constantFrom(...ODD_LINES)).map(([text, line]) => withLine(text, line)),
    },
    { weight: 2, arbitrary: fc.constantFrom(...ODD_STARTS).map((start) => `${start}\r\nHost: x\r\n\r\n`) },
    {
      weight: 2,
      arbitrary: fc.tuple(requests, fc.constantFrom(...ODD_CHUNKS)).map(([text, chunks]) => chunked(text, chunks)),
    },
    { weight: 2, arbitrary: fc.array(requests, { minLength: 2, maxLength: 12 }).map((several) => several.join('')) },
    { weight: 2, arbitrary: requests },
  );
  const bytes = fc.oneof(
    { weight: 5, arbitrary: texts.map((text) => Buffer.from(text, 'latin1')) },
    { weight: 3, arbitrary: spoilt(requests.map((text) => Buffer.from(text, 'latin1'))) },
    { weight: 1, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 200 }).map((garbage) => Buffer.from(garbage)) },
  );
  return fc
    .record({
      bytes,
      parts: fc.constantFrom(1, 1, 1, 2, 10),
      cutAt: fc.nat({ max: 2000 }),
      ending: fc.constantFrom('end', 'end', 'cut'),
    })
    .map(({ bytes: whole, parts, cutAt, ending }) => {
      const sent = ending === 'cut' ? whole.subarray(0, cutAt % (whole.length + 1)) : whole;
      return { pieces: piecesOf(sent, parts), pauseMilliseconds: parts === 10 ? 2 : 0, ending } as const;
    });
}

function soundRequests({ gateway, user }: Sayings): readonly string[] {
  const base = '/DEFAULT/controller/v1/t-1';
  const json = 'Content-Type: application/json';
  return [
    text('GET', base, [`Authorization: ${gateway}`]),
    text('GET', `${base}/deploymentBase/1`, [`Authorization: ${gateway}`]),
    text('PUT', `${base}/configData`, [`Authorization: ${gateway}`, json], '{"data":{"a":"b"}}'),
    text(
      'POST',
      `${base}/deploymentBase/1/feedback`,
      [`Authorization: ${gateway}`, json],
      '{"status":{"execution":"proceeding","result":{"finished":"none"}}}',
    ),
    text('GET', '/rest/v1/targets?limit=2', [`Authorization: ${user}`]),
    text('POST', '/rest/v1/targettags', [`Authorization: ${user}`, json], '[{"name":"raw"}]'),
    text(
      'POST',
      '/rest/v1/softwaremodules/1/artifacts',
      [`Authorization: ${user}`, 'Content-Type: multipart/form-data; boundary=B'],
      '--B\r\nContent-Disposition: form-data; name="file"; filename="r"\r\n\r\nx\r\n--B--\r\n',
    ),
    text(
      'POST',
      '/api/v1/artifacts?filename=r',
      [`Authorization: ${user}`, 'Content-Type: application/octet-stream'],
      'bytes',
    ),
  ];
}

function text(method: string, path: string, headers: readonly string[], body = ''): string {
  const length = body === '' ? [] : [`Content-Length: ${body.length}`];
  return [`${method} ${path} HTTP/1.1`, 'Host: updraft.example', ...headers, ...length, '', body].join('\r\n');
}

const ODD_LINES = [
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 99999999999',
  'Content-Length: 0x10',
  'Content-Length: 1, 2',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding : chunked',
  'X: \u0000',
  'X: \u007f\u0001',
  ' folded: line',
  'no colon',
  ': no name',
  'X\u0000Y: 1',
  `X: ${'x'.repeat(60_000)}`,
  Array.from({ length: 1500 }, (_, at) => `X-${at}: 1`).join('\r\n'),
  'Host: other',
  'Expect: 100-continue',
  'Expect: nothing',
  'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
  'Upgrade: websocket\r\nConnection: Upgrade',
  'Connection: close',
  'Connection: keep-alive, x',
  'Authorization: Basic Og==',
  'Content-Type: application/json\nX: y',
  'Range: bytes=0-0',
  'X: a\rb',
  'Trailer: x',
];

const ODD_STARTS = [
  'GET / HTTP/1.0',
  'GET / HTTP/0.9',
  'GET / HTTP/3.0',
  'GET /',
  'get / HTTP/1.1',
  'GET  / HTTP/1.1',
  'GET http://other.example/DEFAULT/controller/v1/t-1 HTTP/1.1',
  'GET //rest//v1//targets HTTP/1.1',
  'GET * HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'CONNECT other.example:443 HTTP/1.1',
  'GET /\u0000 HTTP/1.1',
  'GET /\u00ff\u00fe HTTP/1.1',
  'GET /../../etc/passwd HTTP/1.1',
  'GET /rest/v1/../../x HTTP/1.1',
  'GET /?%zz HTTP/1.1',
  'GET /%zz HTTP/1.1',
  `GET /${'x'.repeat(70_000)} HTTP/1.1`,
  'X'.repeat(5000),
  'PRI * HTTP/2.0',
  '\u0016\u0003\u0001\u0002\u0000\u0001',
  'M-SEARCH * HTTP/1.1',
  'GET /DEFAULT/controller/v1/t-1#x HTTP/1.1',
  'PUT /rest/v1/targets HTTP/1.1\r\nTransfer-Encoding: chunked',
];

const ODD_CHUNKS = [
  '5\r\nhello\r\n0\r\n\r\n',
  'zz\r\nx\r\n0\r\n\r\n',
  '-1\r\n',
  'ffffffffffffffff\r\nx',
  '5\r\nhe',
  '0\r\n',
  '5;ext=1\r\nhello\r\n0\r\nTrailer: x\r\n\r\n',
  '5\nhello\n0\n\n',
  '2\r\n{}\r\n1\r\n',
  '2\r\n{}\r\n0\r\n\r\n',
  '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n',
  `${'0'.repeat(40)}2\r\n{}\r\n0\r\n\r\n`,
];

function withLine(request: string, line: string): string {
  return request.replace('\r\n', `\r\n${line}\r\n`);
}

function chunked(request: string, chunks: string): string {
  const head = request
    .slice(0, request.indexOf('\r\n\r\n'))
    .replace(/^GET /, 'POST ')
    .replace(/\r\nContent-Length: \d+/, '');
  return `${head}\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`;
}

function spoilt(requests: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 });
  return fc.tuple(requests, changes).map(([request, some]) => {
    const copy = Buffer.from(request);
    for (const [at, byte] of some) copy[at % copy.length] = byte;
    return copy;
  });
}

function piecesOf(bytes: Buffer, parts: number): readonly Buffer[] {
  const size = Math.max(1, Math.ceil(bytes.length / parts));
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

/** A connection whose half is closed is let go of by then. */
const LIMIT_MS = 60_000;

/** All that the server says until it closes the connection. Throws where it does not. */
export async function talk(port: number, { pieces, pauseMilliseconds, ending }: RawTalk): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const said: Buffer[] = [];
  socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error('the server holds a connection that says nothing more')));
  socket.on('data', (piece: Buffer) => said.push(piece));
  // What a server that has had enough does to a client that goes on.
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
  });
  socket.on('end', () => socket.end());
  socket.on('close', () => resolve(Buffer.concat(said).toString('latin1')));
  for (const piece of pieces) {
    socket.write(piece);
    if (pauseMilliseconds > 0) await sleep(pauseMilliseconds);
  }
  if (ending === 'end') socket.end();
  else socket.resetAndDestroy();
  return promise;
}

/** What is said to one upload too many: who breaks off at once gives his place back a moment later. */
const UPLOADS_FULL = /^HTTP\/1\.1 503 [^]*"code":"not-ready","detail":"\d+ uploads are under way/;

/** What is wrong with what the server said; null: nothing. */
export function wrongWithTalk(said: string): string | null {
  const answers = said.split(/(?<=^|\r\n|\}|\])(?=HTTP\/1\.1 \d{3})/);
  if (said !== '' && !said.startsWith('HTTP/1.1 ')) return `something that is not HTTP: ${answers[0]}`;
  const wrong = answers.find((answer) => answer.startsWith('HTTP/1.1 5') && !UPLOADS_FULL.test(answer));
  return wrong === undefined ? null : `an error of the server: ${wrong}`;
}
