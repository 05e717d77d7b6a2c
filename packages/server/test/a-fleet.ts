import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { TestContext } from 'node:test';
import type { CallAnswer } from '@updraft/protocols';
import { aServer, type TestServer, type Wish } from './a-server.ts';

export type Assignment = CallAnswer<'assignments.show'>;
export type Release = CallAnswer<'releases.show'>;

/** A server with what the tests of devices and their updates need. */
export type TestFleet = TestServer & {
  /** A published release of one component, under a name that no other has. */
  readonly release: (version?: string, wish?: ReleaseWish) => Promise<Release>;
  /** A device under a name that no other has. */
  readonly device: (wish?: { readonly type?: string }) => Promise<DdiClient>;
  /** Assigns directly; tells the assignment. */
  readonly assign: (release: Release, device: DdiClient, weight?: number) => Promise<Assignment>;
  readonly assignment: (number: number) => Promise<Assignment>;
};

export type ReleaseWish = {
  readonly deviceTypes?: readonly string[];
  readonly requiredStep?: boolean;
  readonly kind?: string;
  readonly files?: readonly { readonly filename: string; readonly bytes: Buffer }[];
};

export async function aFleet(t: TestContext, wish: Wish = {}): Promise<TestFleet> {
  return fleetOf(await aServer(t, wish), 'default');
}

/** The devices and releases of one tenant, as whose user `server` speaks. */
export function fleetOf(server: TestServer, tenant: string): TestFleet {
  const { api } = server;
  let made = 0;
  const nameOf = (kind: string) => {
    made += 1;
    return `${kind}-${made}`;
  };
  return {
    ...server,
    release: (version = '1.0', releaseWish = {}) =>
      publishRelease(server, { name: nameOf('system'), version }, releaseWish),
    device: async ({ type } = {}) => {
      const name = nameOf('gw');
      const { token } = await api.call('devices.create', { body: { name, type: type ?? null } });
      return ddiClient(server.url, { name, tenant, authorization: `TargetToken ${token}` });
    },
    assign: async (release, device, weight) => {
      const body = { release: release.id, devices: [device.name], ...(weight === undefined ? {} : { weight }) };
      const made = await api.call('assignments.create', { body });
      const [assignment] = made.assigned;
      if (assignment === undefined) throw new Error('nothing was assigned');
      return assignment;
    },
    assignment: (number) => api.call('assignments.show', { params: { number } }),
  };
}

/** A published release of one component. */
export async function publishRelease(
  { api }: TestServer,
  title: { readonly name: string; readonly version: string },
  wish: ReleaseWish = {},
): Promise<Release> {
  const files = wish.files ?? [{ filename: 'update.swu', bytes: randomBytes(1000) }];
  const artifacts: string[] = [];
  for (const { filename, bytes } of files) {
    const body = new Uint8Array(bytes);
    const headers = { 'content-type': 'application/octet-stream' };
    const answer = await api.open(`/artifacts?filename=${encodeURIComponent(filename)}`, {
      method: 'POST',
      body,
      headers,
    });
    artifacts.push(((await answer.json()) as { readonly id: string }).id);
  }
  const { kind = 'os', deviceTypes = [], requiredStep = false } = wish;
  const component = await api.call('components.create', { body: { ...title, kind, artifacts } });
  const draft = await api.call('releases.create', {
    body: { ...title, components: [component.id], deviceTypes: [...deviceTypes], requiredStep },
  });
  return api.call('releases.publish', { params: { id: draft.id } });
}

export type DdiAnswer = {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  readonly bytes: Buffer;
};

export type DdiRequest = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
};

/** A device at the DDI door, as a plain HTTP client: no header is sent that a test does not know of. */
export interface DdiClient {
  readonly name: string;
  readonly base: string;
  /** `path` is absolute, or goes on from the device's base. */
  ask(path: string, request?: DdiRequest): Promise<DdiAnswer>;
  poll(): Promise<Links>;
  report(action: number, report: Report): Promise<DdiAnswer>;
  attributes(data: Readonly<Record<string, string>>): Promise<DdiAnswer>;
}

export type Links = Readonly<
  Partial<Record<'deploymentBase' | 'confirmationBase' | 'cancelAction' | 'configData', string>>
>;

export type Report = {
  readonly execution?: string;
  readonly finished?: string;
  readonly progress?: { readonly cnt: number; readonly of: number };
  readonly details?: readonly string[];
  readonly about?: 'deploymentBase' | 'cancelAction';
  readonly headers?: Readonly<Record<string, string>>;
};

export const SWUPDATE_HEADERS = {
  'user-agent': 'libcurl-agent/1.0',
  'content-type': 'application/json',
  accept: 'application/json',
  charsets: 'utf-8',
};

export function ddiClient(
  url: string,
  wish: { readonly name: string; readonly authorization?: string; readonly tenant?: string },
): DdiClient {
  const base = `/${wish.tenant ?? 'default'}/controller/v1/${encodeURIComponent(wish.name)}`;
  const auth: Readonly<Record<string, string>> =
    wish.authorization === undefined ? {} : { authorization: wish.authorization };
  const ask = (path: string, { method = 'GET', headers = {}, body }: DdiRequest = {}): Promise<DdiAnswer> =>
    send(path.startsWith('http') ? path : `${url}${path.startsWith('/') ? path : `${base}/${path}`}`, {
      method,
      headers: { ...auth, ...headers },
      ...(body === undefined ? {} : { body }),
    });
  return {
    name: wish.name,
    base,
    ask,
    poll: async () => linksOf(await ask(base)),
    report: (action, report) => {
      const { about = 'deploymentBase', headers = { 'content-type': 'application/json' } } = report;
      return ask(`${about}/${action}/feedback`, {
        method: 'POST',
        headers,
        body: JSON.stringify(bodyOf(action, report)),
      });
    },
    attributes: (data) =>
      ask('configData', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ data }),
      }),
  };
}

function bodyOf(action: number, { execution = 'closed', finished = 'success', progress, details }: Report) {
  const result = progress === undefined ? { finished } : { progress, finished };
  return { id: action, time: '20261121T014406', status: { result, execution, ...(details ? { details } : {}) } };
}

function linksOf(answer: DdiAnswer): Links {
  if (answer.status !== 200) throw new Error(`the poll was answered ${answer.status}`);
  const { _links = {} } = JSON.parse(answer.text) as { _links?: Record<string, { readonly href: string }> };
  return Object.fromEntries(Object.entries(_links).map(([name, { href }]) => [name, href]));
}

/** What SWUpdate says on its way, each with the words and the progress that it uses. */
export const SWUPDATE_SAYS = {
  start: said('proceeding', 'none', { cnt: 0, of: 1 }, 'Installing Update Chunk Artifacts.'),
  log: said('proceeding', 'none', { cnt: 1, of: 0 }, 'TRACE : cpio stream'),
  chunk: said('proceeding', 'none', { cnt: 1, of: 1 }, 'Installed Chunk.'),
  installed: said('proceeding', 'none', { cnt: 1, of: 1 }, 'All Chunks Installed.'),
  pending: said('proceeding', 'none', { cnt: 0, of: 0 }, 'Update Installed, Testing Pending.'),
  success: said('closed', 'success', { cnt: 0, of: 0 }, 'Update Installed.'),
  bootFailed: said('closed', 'failure', { cnt: 0, of: 0 }, 'Update Failed.'),
  installFailed: said('closed', 'failure', { cnt: 0, of: 1 }, 'ERROR : Signature verification failed'),
} as const;

function said(execution: string, finished: string, progress: { cnt: number; of: number }, words: string): Report {
  return { execution, finished, progress, details: [words], headers: SWUPDATE_HEADERS };
}

function send(url: string, { method, headers, body }: DdiRequest): Promise<DdiAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<DdiAnswer>();
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const request = http.request(url, { method, headers: { ...length, ...headers }, agent: false });
  request.on('error', reject);
  request.on('response', (response) => {
    const pieces: Buffer[] = [];
    response.on('data', (piece: Buffer) => pieces.push(piece));
    response.on('error', reject);
    response.on('end', () => {
      const bytes = Buffer.concat(pieces);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: bytes.toString(), bytes });
    });
  });
  request.end(body);
  return promise;
}
