import type { PageQuery } from '@updraft/protocols/hawkbit-management';
import {
  componentsById,
  releasesById,
  softwareMetadata,
  type SoftwareMetadata,
  type SoftwareOwner,
} from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import type { MetadataChange } from '../../use-cases/software-metadata-commands.ts';
import { DONE, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import { answerMetadata } from './metadata-list.ts';

type OwnerRequest = { readonly scope: Scope; readonly params: { readonly id: number } };
export type MetadataRequest = OwnerRequest & { readonly params: { readonly id: number; readonly key: string } };
type PageRequest = OwnerRequest & { readonly query: Omit<PageQuery, 'q'> };

type Described<View> = {
  readonly owner: SoftwareOwner;
  readonly entity: string;
  readonly view: (metadata: SoftwareMetadata) => View;
};

/** The metadata of software modules, and of distribution sets: only the former's may be for devices, too. */
export function softwareMetadataHandlers<View>({ store }: ManagementParts, { owner, entity, view }: Described<View>) {
  const read = async ({ scope, params }: OwnerRequest): Promise<readonly SoftwareMetadata[] | undefined> => {
    const find = owner === 'component' ? componentsById : releasesById;
    const [row] = await find(store.reader, scope.tenant, [params.id]);
    return row === undefined ? undefined : softwareMetadata(store.reader, owner, row.id);
  };
  return {
    list: async (request: PageRequest) => {
      const metadata = await read(request);
      if (metadata === undefined) return notFound(entity, request.params.id);
      return answerMetadata(metadata, request.query, view);
    },
    show: async (request: MetadataRequest) => {
      const metadata = await read(request);
      if (metadata === undefined) return notFound(entity, request.params.id);
      const found = metadata.find(({ key }) => key === request.params.key);
      return found === undefined ? notFound('Metadata', request.params.key) : { ok: view(found) };
    },
    add: async ({ scope, params: { id } }: OwnerRequest, metadata: readonly SoftwareMetadata[]) => {
      const result = await store.commands.run('software-metadata.add', { scope, owner, id, metadata });
      if (result.outcome === 'changed') return DONE;
      return result.code === 'not-found' ? notFound(entity, id) : whyNotAdded(result);
    },
    change: async ({ scope, params: { id, key } }: MetadataRequest, words: Omit<MetadataChange, 'key'>) => {
      const change = { key, ...words };
      const result = await store.commands.run('software-metadata.change', { scope, owner, id, change });
      return result.outcome === 'changed' ? DONE : notFound('Metadata', key);
    },
    drop: async ({ scope, params: { id, key } }: MetadataRequest) => {
      const result = await store.commands.run('software-metadata.drop', { scope, owner, id, key });
      return result.outcome === 'changed' ? DONE : notFound('Metadata', key);
    },
  };
}

type NotAdded =
  | { readonly code: 'name-taken'; readonly key: string }
  | { readonly code: 'limit-reached'; readonly limit: number };

function whyNotAdded(result: NotAdded): ManagementRefusal {
  if (result.code === 'name-taken')
    return { error: 'repo.entityAlreadyExists', message: `Metadata with key {${result.key}} exists already.` };
  return { error: 'quota.tooManyEntries', message: `There are at most ${result.limit} keys of metadata.` };
}
