import type { TestServer } from '../a-server.ts';
import { ask, expect, fresh, type Json, type Reply } from './management-kit.ts';

type Server = Pick<TestServer, 'fetch'>;

/** A software module; without more it is an application. */
export async function aModule(server: Server, wish: Json = {}): Promise<Json> {
  const body = [{ name: fresh('module'), version: '1.0', type: 'application', ...wish }];
  const [made] = await expect(server, 201, 'POST /softwaremodules', { body });
  return made;
}

export type Sent = {
  readonly filename?: string;
  readonly bytes?: Buffer;
  readonly part?: string;
  readonly query?: Readonly<Record<string, string>>;
};

/** Uploads a file as clients do: as the part of a form. */
export async function upload(server: Server, module: number, sent: Sent = {}): Promise<Reply> {
  const { filename = fresh('file'), bytes = Buffer.from(fresh('bytes')), part = 'file', query = {} } = sent;
  const body = new FormData();
  body.append(part, new Blob([new Uint8Array(bytes)]), filename);
  const more = new URLSearchParams(query).toString();
  const answer = await server.fetch(`/rest/v1/softwaremodules/${module}/artifacts?${more}`, {
    method: 'POST',
    body,
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, body: text === '' ? undefined : JSON.parse(text) };
}

/** A distribution set of one application with one artifact. */
export async function aSet(server: Server, wish: Json = {}): Promise<Json> {
  const module = await aModule(server);
  const { status, text } = await upload(server, module.id);
  if (status !== 201) throw new Error(`the upload was answered ${status}: ${text}`);
  const body = [{ name: fresh('set'), version: '1.0', type: 'app', modules: [{ id: module.id }], ...wish }];
  const [made] = await expect(server, 201, 'POST /distributionsets', { body });
  return made;
}

/** Ids of what a list shows for a filter. */
export async function idsOf(server: Server, path: string, q: string): Promise<readonly number[]> {
  const { content } = await expect(server, 200, `GET ${path}?limit=500&q=${encodeURIComponent(q)}`);
  return content.map(({ id }: Json) => id);
}

/** How the list shows what is kept for history only: in none of the modes but the last two. */
export async function modesWith(server: Server, path: string, id: number): Promise<readonly string[]> {
  const modes = ['EXCLUDE_SOFT_DELETED', 'ONLY_SOFT_DELETED', 'INCLUDE_SOFT_DELETED'];
  const shown: string[] = [];
  for (const mode of modes) {
    const answer = await ask(server, `GET ${path}?limit=500&soft_deleted_mode=${mode}`);
    if (answer.body.content.some((one: Json) => one.id === id)) shown.push(mode);
  }
  return shown;
}
