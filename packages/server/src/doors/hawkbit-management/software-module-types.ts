import { MODULE_TYPE_SEARCH } from '@updraft/protocols/hawkbit-management';
import { COMPONENT_KIND_LIST, componentKindsById, selectComponentKinds } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { deletedShown } from './deleted-shown.ts';
import { given } from './given.ts';
import { DONE, type ManagementHandlers, type ManagementParts, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { answerList, searchable } from './read-list.ts';
import { moduleTypeView } from './type-view.ts';

const TYPES = searchable(COMPONENT_KIND_LIST, MODULE_TYPE_SEARCH, {
  defaultOrder: { field: 'number', descending: false },
});

export function moduleTypeHandlers({
  store,
}: ManagementParts): ManagementHandlers<
  'module-types.list' | 'module-types.create' | 'module-types.show' | 'module-types.change' | 'module-types.delete'
> {
  const show = async (scope: Scope, id: number, links: LinkMaker) => {
    const [row] = await componentKindsById(store.reader, scope.tenant, [id]);
    return row === undefined ? notFound('SoftwareModuleType', id) : { ok: moduleTypeView(row, links) };
  };
  return {
    'module-types.list': ({ scope, query, links }) => {
      const reader = store.longReader;
      const rows = selectComponentKinds(reader, scope.tenant, deletedShown(query));
      return answerList({ reader, query: rows }, { list: TYPES, query }, (found) =>
        found.map((row) => moduleTypeView(row, links)),
      );
    },
    'module-types.create': async ({ scope, body, links }) => {
      const kinds = body.map(({ minArtifacts, maxAssignments, ...words }) => ({
        ...words,
        min_artifacts: minArtifacts,
        max_assignments: maxAssignments,
      }));
      const result = await store.commands.run('component-kind.create', { scope, kinds });
      if (result.outcome === 'refused') {
        const message = `SoftwareModuleType with name or key of {${result.name}} exists already.`;
        return { error: 'repo.entityAlreadyExists', message };
      }
      const rows = await componentKindsById(store.reader, scope.tenant, result.kinds);
      return { ok: rows.map((row) => moduleTypeView(row, links)) };
    },
    'module-types.show': ({ scope, params, links }) => show(scope, params.id, links),
    'module-types.change': async ({ scope, params, body, links }) => {
      const result = await store.commands.run('component-kind.change', { scope, id: params.id, change: given(body) });
      return result.outcome === 'changed' ? show(scope, params.id, links) : notFound('SoftwareModuleType', params.id);
    },
    'module-types.delete': async ({ scope, params }) => {
      const result = await store.commands.run('component-kind.drop', { scope, id: params.id });
      return result.outcome === 'deleted' ? DONE : notFound('SoftwareModuleType', params.id);
    },
  };
}
