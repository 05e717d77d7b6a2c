import { randomUUID } from 'node:crypto';
import { apiClient, type ApiClient } from '@updraft/protocols';
import type { ServerProcess } from '../../fleet/src/server-process.ts';

/** Any JSON, looked into as tests like. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any;

/** A tenant of its own, spoken to as hawkBit is: `ask('GET /targets')` goes on from `/rest/v1`. */
export type AHawkbit = {
  readonly tenant: string;
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly api: ApiClient;
  /** The body of an answer that must be a success. */
  readonly ask: (what: string, body?: unknown) => Promise<Json>;
  /** Every row of a list, in the order of its names. */
  readonly rows: (path: string) => Promise<readonly Json[]>;
  readonly upload: (module: number, filename: string, bytes: Uint8Array<ArrayBuffer>) => Promise<Json>;
  readonly bytes: (path: string) => Promise<Buffer>;
};

export async function aHawkbit(server: Pick<ServerProcess, 'url' | 'authorization'>): Promise<AHawkbit> {
  const tenant = `t-${randomUUID().slice(0, 8)}`;
  const [user, password] = [`${tenant}-admin`, 'a password of it'];
  const owner = apiClient({ baseUrl: server.url, authorization: server.authorization });
  await owner.call('tenants.create', { body: { name: tenant, user: { name: user, password } } });
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

  async function open(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string> | undefined), authorization };
    const answer = await fetch(`${server.url}/rest/v1${path}`, { ...init, headers });
    if (!answer.ok) throw new Error(`${init.method ?? 'GET'} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }

  async function ask(what: string, body?: unknown): Promise<Json> {
    const [method = '', path = ''] = what.split(/ (.*)/s);
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const text = await (await open(path, { method, ...sent, headers: { 'content-type': 'application/json' } })).text();
    return text === '' ? undefined : JSON.parse(text);
  }

  return {
    tenant,
    url: server.url,
    user,
    password,
    api: apiClient({ baseUrl: server.url, authorization }),
    ask,
    rows: async (path) => {
      const answer = await ask(`GET ${path}?limit=500`);
      const rows: Json[] = Array.isArray(answer) ? answer : answer.content;
      return rows.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
    },
    upload: async (module, filename, bytes) => {
      const body = new FormData();
      body.append('file', new Blob([bytes]), filename);
      return (await open(`/softwaremodules/${module}/artifacts`, { method: 'POST', body })).json();
    },
    bytes: async (path) => Buffer.from(await (await open(path, {})).arrayBuffer()),
  };
}

function nameOf({ controllerId, name, version, key, providedFilename }: Json): string {
  return JSON.stringify([controllerId ?? key ?? name ?? providedFilename, version]);
}

const PASSING =
  /^(id|createdAt|createdBy|lastModifiedAt|lastModifiedBy|_links|targetType|installedAt|distributionSetId|activatedAt)$/;

/** What a row says, without ids and times of the server that shows it. */
export function lasting(row: Json): Json {
  if (Array.isArray(row)) return row.map(lasting);
  if (typeof row !== 'object' || row === null) return row;
  return Object.fromEntries(
    Object.entries<Json>(row).flatMap(([key, value]) => (PASSING.test(key) ? [] : [[key, lasting(value)]])),
  );
}
