import { MODULE_SEARCH } from '@updraft/protocols/hawkbit-management';
import { COMPONENT_LIST, componentsById, selectComponents } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { releaseContent } from '../../management/release-content.ts';
import { deletedShown } from './deleted-shown.ts';
import { given } from './given.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { answerList, searchable } from './read-list.ts';
import { type MetadataRequest, softwareMetadataHandlers } from './software-metadata.ts';
import { moduleViews } from './software-view.ts';

const MODULES = searchable(COMPONENT_LIST, MODULE_SEARCH, { defaultOrder: { field: 'number', descending: false } });

type Editing = 'modules.list' | 'modules.create' | 'modules.show' | 'modules.change' | 'modules.delete';
type Noting =
  | 'modules.metadata'
  | 'modules.add-metadata'
  | 'modules.metadata-value'
  | 'modules.change-metadata'
  | 'modules.delete-metadata';

export function moduleHandlers(parts: ManagementParts): ManagementHandlers<Editing | Noting> {
  return { ...editing(parts), ...noting(parts) };
}

function editing({ store, software }: ManagementParts): ManagementHandlers<Editing> {
  const show = async (scope: Scope, id: number, links: LinkMaker) => {
    const rows = await componentsById(store.reader, scope.tenant, [id]);
    const [view] = await moduleViews(store.reader, rows, { links, isSingle: true });
    return view === undefined ? notFound('SoftwareModule', id) : { ok: view };
  };
  return {
    'modules.list': ({ scope, query, links }) => {
      const reader = store.longReader;
      const rows = selectComponents(reader, scope.tenant, deletedShown(query));
      return answerList({ reader, query: rows }, { list: MODULES, query }, (found) =>
        moduleViews(reader, found, { links, isSingle: false }),
      );
    },
    'modules.create': async ({ scope, body, links }) => {
      const components = body.map(({ type, ...module }) => ({ ...module, kind: type }));
      const result = await store.commands.run('component.register', { scope, components });
      if (result.outcome === 'refused')
        return result.code === 'not-found' ? notFound('SoftwareModuleType', result.kind) : exists(result.name);
      const rows = await componentsById(store.reader, scope.tenant, result.components);
      return { ok: await moduleViews(store.reader, rows, { links, isSingle: true }) };
    },
    'modules.show': ({ scope, params, links }) => show(scope, params.id, links),
    'modules.change': async ({ scope, params, body, links }) => {
      const result = await store.commands.run('component.amend', { scope, id: params.id, change: given(body) });
      if (result.outcome === 'changed') return show(scope, params.id, links);
      return result.code === 'locked' ? LOCKED_MODULE : notFound('SoftwareModule', params.id);
    },
    'modules.delete': async ({ scope, params }) => {
      const result = await store.commands.run('component.drop', { scope, id: params.id });
      if (result.outcome === 'refused')
        return result.code === 'locked' ? LOCKED_MODULE : notFound('SoftwareModule', params.id);
      for (const content of result.contents) await releaseContent(software, scope.tenant, content);
      return DONE;
    },
  };
}

function exists(name: string): ManagementRefusal {
  const message = `SoftwareModule with the name, version and type of {${name}} exists already.`;
  return { error: 'repo.entityAlreadyExists', message };
}

export const LOCKED_MODULE: ManagementRefusal = {
  error: 'locked',
  message: 'The software module is locked; one of a published distribution set stays so.',
};

function noting(parts: ManagementParts): ManagementHandlers<Noting> {
  const metadata = softwareMetadataHandlers(parts, {
    owner: 'component',
    entity: 'SoftwareModule',
    view: ({ key, value, visible }) => ({ key, value, targetVisible: visible }),
  });
  return {
    'modules.metadata': metadata.list,
    'modules.add-metadata': (request) =>
      metadata.add(
        request,
        request.body.map(({ key, value, targetVisible }) => ({ key, value, visible: targetVisible })),
      ),
    'modules.metadata-value': metadata.show,
    'modules.change-metadata': (request) => {
      const { value, targetVisible } = request.body;
      return metadata.change(request, given({ value, visible: targetVisible }));
    },
    'modules.delete-metadata': (request: MetadataRequest) => metadata.drop(request),
  };
}
