import { SET_SEARCH } from '@updraft/protocols/hawkbit-management';
import { componentsOfReleases, RELEASE_LIST, releasesById, selectReleases } from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import { deletedShown } from './deleted-shown.ts';
import { given } from './given.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { answerList, envelopeOf, searchable } from './read-list.ts';
import { softwareMetadataHandlers } from './software-metadata.ts';
import { moduleViews, setViews } from './software-view.ts';

export const SETS = searchable(RELEASE_LIST, SET_SEARCH, { defaultOrder: { field: 'number', descending: false } });

type Editing = 'sets.list' | 'sets.create' | 'sets.show' | 'sets.change' | 'sets.delete';
type Holding = 'sets.modules' | 'sets.add-modules' | 'sets.remove-module';
type Noting =
  | 'sets.metadata'
  | 'sets.add-metadata'
  | 'sets.metadata-value'
  | 'sets.change-metadata'
  | 'sets.delete-metadata';

export function setHandlers(parts: ManagementParts): ManagementHandlers<Editing | Holding | Noting> {
  return { ...editing(parts), ...holding(parts), ...noting(parts) };
}

function editing({ store }: ManagementParts): ManagementHandlers<Editing> {
  const show = async (scope: Scope, id: number, links: LinkMaker) => {
    const rows = await releasesById(store.reader, scope.tenant, [id]);
    const [view] = await setViews(store.reader, rows, { links, isSingle: true });
    return view === undefined ? notFound('DistributionSet', id) : { ok: view };
  };
  return {
    'sets.list': ({ scope, query, links }) => {
      const reader = store.longReader;
      const rows = selectReleases(reader, scope.tenant, deletedShown(query));
      return answerList({ reader, query: rows }, { list: SETS, query }, (found) =>
        setViews(reader, found, { links, isSingle: false }),
      );
    },
    'sets.create': async ({ scope, body, links }) => {
      const releases = body.map(({ name, version, description, type, modules, requiredMigrationStep }) => ({
        name,
        version,
        description,
        ...(type === undefined ? {} : { kind: type }),
        components: modules.map(({ id }) => id),
        requiredStep: requiredMigrationStep,
      }));
      const result = await store.commands.run('release.draft', { scope, releases });
      if (result.outcome === 'refused') return refusalOfSet(result);
      const rows = await releasesById(store.reader, scope.tenant, result.releases);
      return { ok: await setViews(store.reader, rows, { links, isSingle: true }) };
    },
    'sets.show': ({ scope, params, links }) => show(scope, params.id, links),
    'sets.change': async ({ scope, params, body, links }) => {
      const { requiredMigrationStep, ...words } = body;
      const change = given({ ...words, requiredStep: requiredMigrationStep });
      const result = await store.commands.run('release.amend', { scope, id: params.id, change });
      if (result.outcome === 'changed') return show(scope, params.id, links);
      return result.code === 'not-found' ? notFound('DistributionSet', params.id) : refusalOfSet(result);
    },
    'sets.delete': async ({ scope, params }) => {
      const result = await store.commands.run('release.drop', { scope, id: params.id });
      return result.outcome === 'deleted' ? DONE : notFound('DistributionSet', params.id);
    },
  };
}

function holding({ store }: ManagementParts): ManagementHandlers<Holding> {
  return {
    'sets.modules': async ({ scope, params, query, links }) => {
      const [row] = await releasesById(store.reader, scope.tenant, [params.id]);
      if (row === undefined) return notFound('DistributionSet', params.id);
      const held = await componentsOfReleases(store.reader, [row.id]);
      const page = held.slice(query.offset, query.offset + query.limit);
      const views = await moduleViews(store.reader, page, { links, isSingle: false });
      return { ok: envelopeOf(views, held.length) };
    },
    'sets.add-modules': async ({ scope, params, body }) => {
      const components = body.map(({ id }) => id);
      const result = await store.commands.run('release.add-components', { scope, id: params.id, components });
      return result.outcome === 'changed' ? DONE : refusalOfSet(result);
    },
    'sets.remove-module': async ({ scope, params }) => {
      const act = { scope, id: params.id, component: params.moduleId };
      const result = await store.commands.run('release.remove-component', act);
      return result.outcome === 'changed' ? DONE : refusalOfSet(result);
    },
  };
}

function noting(parts: ManagementParts): ManagementHandlers<Noting> {
  const metadata = softwareMetadataHandlers(parts, {
    owner: 'release',
    entity: 'DistributionSet',
    view: ({ key, value }) => ({ key, value }),
  });
  return {
    'sets.metadata': metadata.list,
    'sets.add-metadata': (request) =>
      metadata.add(
        request,
        request.body.map((one) => ({ ...one, visible: false })),
      ),
    'sets.metadata-value': metadata.show,
    'sets.change-metadata': (request) => metadata.change(request, request.body),
    'sets.delete-metadata': metadata.drop,
  };
}

type SetRefused =
  | { readonly code: 'not-found'; readonly missing: 'kind' | 'component' | 'release'; readonly wanted: string }
  | { readonly code: 'name-taken'; readonly name: string }
  | { readonly code: 'limit-reached'; readonly limit: number }
  | { readonly code: 'unsupported'; readonly component: string }
  | { readonly code: 'incomplete' | 'locked' };

const ENTITIES = { kind: 'DistributionSetType', component: 'SoftwareModule', release: 'DistributionSet' } as const;

function refusalOfSet(refused: SetRefused): ManagementRefusal {
  switch (refused.code) {
    case 'not-found':
      return notFound(ENTITIES[refused.missing], refused.wanted);
    case 'name-taken':
      return { error: 'repo.entityAlreadyExists', message: `DistributionSet {${refused.name}} exists already.` };
    case 'limit-reached':
      return {
        error: 'quota.tooManyEntries',
        message: `A distribution set has at most ${refused.limit} software modules.`,
      };
    case 'unsupported':
      return {
        error: 'distributionset.modules.unsupported',
        message: `The type of the distribution set has no place for the software module {${refused.component}}.`,
      };
    case 'incomplete':
      return { error: 'distributionset.incomplete', message: 'Distribution set is incomplete.' };
    case 'locked':
      return { error: 'locked', message: 'The distribution set is locked; once it is published it stays so.' };
  }
}
