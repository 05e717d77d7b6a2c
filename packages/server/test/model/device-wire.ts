import http from 'node:http';

export type WireAnswer = { readonly status: number; readonly text: string };
export type WireRequest = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
};

/** Devices at the DDI door over loopback, on connections that are kept. */
export type DeviceWire = {
  /** `path` goes on from the device's base, or is a whole address. */
  readonly ask: (
    device: { readonly name: string; readonly token: string },
    path: string,
    request?: WireRequest,
  ) => Promise<WireAnswer>;
  readonly close: () => void;
};

export function deviceWire(url: string): DeviceWire {
  const agent = new http.Agent({ keepAlive: true });
  return {
    ask: ({ name, token }, path, request = {}) => {
      const to = path.startsWith('http') ? path : `${url}/default/controller/v1/${name}${path}`;
      return send(agent, to, { ...request, headers: { authorization: `TargetToken ${token}`, ...request.headers } });
    },
    close: () => agent.destroy(),
  };
}

function send(agent: http.Agent, to: string, { method = 'GET', headers = {}, body }: WireRequest): Promise<WireAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<WireAnswer>();
  const text = body === undefined ? undefined : JSON.stringify(body);
  const typed =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
  const request = http.request(to, { method, headers: { ...typed, ...headers }, agent });
  request.on('error', reject);
  request.on('response', (response) => {
    const pieces: Buffer[] = [];
    response.on('data', (piece: Buffer) => pieces.push(piece));
    response.on('error', reject);
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString() }));
  });
  request.end(text);
  return promise;
}
