import { createReadStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { z } from 'zod';
import { Artifact, type ApiClient } from '@updraft/protocols';

/** Uploads a file in one request. Rejects with the ApiProblem of a refusal. */
export async function upload(api: ApiClient, file: string): Promise<z.output<typeof Artifact>> {
  const query = new URLSearchParams({ filename: path.basename(file) });
  const answer = await api.open(`/artifacts?${query.toString()}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: Readable.toWeb(createReadStream(file)) as ReadableStream,
    duplex: 'half',
  });
  return Artifact.parse(await answer.json());
}

export type NewSoftware = {
  readonly version: string;
  /** The artifact's id. */
  readonly artifact: string;
  /** Names; absent: it fits any device. */
  readonly deviceTypes?: readonly string[];
};

/** Publishes a release of one component with one artifact; gives its id. */
export async function publish(api: ApiClient, { version, artifact, deviceTypes = [] }: NewSoftware): Promise<string> {
  const component = await api.call('components.create', { body: { name: 'os', version, artifacts: [artifact] } });
  const { id } = await api.call('releases.create', {
    body: { name: 'gateway', version, components: [component.id], deviceTypes: [...deviceTypes] },
  });
  await api.call('releases.publish', { params: { id } });
  return id;
}
