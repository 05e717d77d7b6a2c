import { openWire } from '../wire.ts';

export type ModelAnswer = { readonly status: number; readonly text: string; readonly type: string };
export type ModelRequest = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
};

/** Over loopback, on connections that are kept: devices at the DDI door, and people. */
export type ModelWire = {
  /** `path` goes on from the device's base, or is a whole address. */
  readonly ask: (
    device: { readonly name: string; readonly token: string },
    path: string,
    request?: ModelRequest,
  ) => Promise<ModelAnswer>;
  /** Takes half the time of Node's own. */
  readonly fetch: typeof globalThis.fetch;
  readonly close: () => Promise<void>;
};

export function wireTo(url: string): ModelWire {
  const wire = openWire(url, { connections: Infinity, keptBytes: Infinity });
  const send = async (to: string, { method, headers, text }: Sent): Promise<ModelAnswer> => {
    if (!to.startsWith(`${url}/`)) throw new Error(`${to} is not at ${url}`);
    const body = text === '' ? null : Buffer.from(text);
    const answer = await wire.send({ method, path: to.slice(url.length), headers, body });
    return { status: answer.status, text: answer.text, type: answer.headers['content-type'] ?? '' };
  };
  return {
    ask: ({ name, token }, path, request = {}) => {
      const to = path.startsWith('http') ? path : `${url}/default/controller/v1/${name}${path}`;
      const { method = 'GET', body } = request;
      const typed: Readonly<Record<string, string>> = body === undefined ? {} : { 'content-type': 'application/json' };
      const headers = { authorization: `TargetToken ${token}`, ...typed, ...request.headers };
      return send(to, { method, headers, text: body === undefined ? '' : JSON.stringify(body) });
    },
    fetch: async (to, { method = 'GET', headers, body } = {}) => {
      if (typeof to !== 'string' || (body && typeof body !== 'string')) throw new Error('only texts go over this wire');
      const sent = { method, headers: Object.fromEntries(new Headers(headers)), text: body ?? '' };
      const { status, text, type } = await send(to, sent);
      return new Response(text === '' ? null : text, { status, headers: { 'content-type': type } });
    },
    close: async () => wire[Symbol.asyncDispose](),
  };
}

type Sent = { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly text: string };
