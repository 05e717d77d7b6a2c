import { type NewDistributionSetType, TYPE_SEARCH } from '@updraft/protocols/hawkbit-management';
import {
  findReleaseKindById,
  partsOfReleaseKinds,
  RELEASE_KIND_LIST,
  type ReleaseKindPart,
  selectReleaseKinds,
} from '@updraft/store';
import type { Scope } from '../../access/scope.ts';
import type { Part, WantedReleaseKind } from '../../use-cases/release-kind-commands.ts';
import { deletedShown } from './deleted-shown.ts';
import { given } from './given.ts';
import { DONE, type ManagementHandlers, type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { answerList, searchable } from './read-list.ts';
import { moduleTypeView, setTypeView } from './type-view.ts';

const TYPES = searchable(RELEASE_KIND_LIST, TYPE_SEARCH, { defaultOrder: { field: 'number', descending: false } });

type Editing = 'set-types.list' | 'set-types.create' | 'set-types.show' | 'set-types.change' | 'set-types.delete';
type PartOf<K extends 'mandatory' | 'optional'> =
  | `set-types.${K}`
  | `set-types.${K}-one`
  | `set-types.add-${K}`
  | `set-types.remove-${K}`;

export function setTypeHandlers(
  parts: ManagementParts,
): ManagementHandlers<Editing | PartOf<'mandatory'> | PartOf<'optional'>> {
  const mandatory = partHandlers(parts, true);
  const optional = partHandlers(parts, false);
  return {
    ...editing(parts),
    'set-types.mandatory': mandatory.list,
    'set-types.mandatory-one': mandatory.show,
    'set-types.add-mandatory': mandatory.add,
    'set-types.remove-mandatory': mandatory.remove,
    'set-types.optional': optional.list,
    'set-types.optional-one': optional.show,
    'set-types.add-optional': optional.add,
    'set-types.remove-optional': optional.remove,
  };
}

function editing({ store }: ManagementParts): ManagementHandlers<Editing> {
  const show = async (scope: Scope, id: number, links: LinkMaker) => {
    const row = await findReleaseKindById(store.reader, scope.tenant, id);
    return row === undefined ? notFound('DistributionSetType', id) : { ok: setTypeView(row, links, true) };
  };
  return {
    'set-types.list': ({ scope, query, links }) => {
      const reader = store.longReader;
      const rows = selectReleaseKinds(reader, scope.tenant, deletedShown(query));
      return answerList({ reader, query: rows }, { list: TYPES, query }, (found) =>
        found.map((row) => setTypeView(row, links, false)),
      );
    },
    'set-types.create': async ({ scope, body, links }) => {
      const result = await store.commands.run('release-kind.create', { scope, kinds: body.map(wantedKind) });
      if (result.outcome === 'refused') {
        if (result.code !== 'name-taken') return refusalOfParts(result);
        const message = `DistributionSetType with name or key of {${result.name}} exists already.`;
        return { error: 'repo.entityAlreadyExists', message };
      }
      const rows = selectReleaseKinds(store.reader, scope.tenant, 'with').where('id', 'in', result.kinds).orderBy('id');
      return { ok: (await rows.execute()).map((row) => setTypeView(row, links, true)) };
    },
    'set-types.show': ({ scope, params, links }) => show(scope, params.id, links),
    'set-types.change': async ({ scope, params, body, links }) => {
      const result = await store.commands.run('release-kind.change', { scope, id: params.id, change: given(body) });
      return result.outcome === 'changed' ? show(scope, params.id, links) : notFound('DistributionSetType', params.id);
    },
    'set-types.delete': async ({ scope, params }) => {
      const result = await store.commands.run('release-kind.drop', { scope, id: params.id });
      if (result.outcome === 'deleted') return DONE;
      if (result.code === 'not-found') return notFound('DistributionSetType', params.id);
      const message = 'The type that distribution sets have by default cannot be deleted';
      return { error: 'repo.constraintViolation', message };
    },
  };
}

/** A type of modules that is both is mandatory. */
function wantedKind({ mandatorymodules, optionalmodules, ...words }: NewDistributionSetType): WantedReleaseKind {
  const optional = optionalmodules.map(({ id }) => ({ id, mandatory: false }));
  const mandatory = mandatorymodules.map(({ id }) => ({ id, mandatory: true }));
  return { ...words, parts: [...optional, ...mandatory] };
}

type PartRequest = {
  readonly scope: Scope;
  readonly params: { readonly id: number };
  readonly links: LinkMaker;
};
type OnePartRequest = PartRequest & { readonly params: { readonly id: number; readonly typeId: number } };

/** The types of modules that a type of sets asks for, or those that it allows. */
function partHandlers({ store }: ManagementParts, mandatory: boolean) {
  const partsOf = async ({ scope, params }: PartRequest): Promise<readonly ReleaseKindPart[] | undefined> => {
    const row = await findReleaseKindById(store.reader, scope.tenant, params.id);
    if (row === undefined) return undefined;
    const parts = await partsOfReleaseKinds(store.reader, [row.id]);
    return parts.filter((part) => (part.mandatory === 1) === mandatory);
  };
  const change = async (
    act: 'release-kind.set-part' | 'release-kind.remove-part',
    request: PartRequest,
    part: Part,
  ) => {
    const { scope, params } = request;
    const result = await store.commands.run(act, { scope, id: params.id, part });
    if (result.outcome === 'changed') return DONE;
    return result.code === 'not-found' && result.part === undefined
      ? notFound('DistributionSetType', params.id)
      : refusalOfParts(result);
  };
  return {
    list: async (request: PartRequest) => {
      const parts = await partsOf(request);
      if (parts === undefined) return notFound('DistributionSetType', request.params.id);
      return { ok: parts.map((part) => moduleTypeView(part, request.links)) };
    },
    show: async (request: OnePartRequest) => {
      const part = (await partsOf(request))?.find(({ id }) => id === request.params.typeId);
      if (part === undefined) return notFound('SoftwareModuleType', request.params.typeId);
      return { ok: moduleTypeView(part, request.links) };
    },
    add: (request: PartRequest & { readonly body: { readonly id: number } }) =>
      change('release-kind.set-part', request, { id: request.body.id, mandatory }),
    remove: (request: OnePartRequest) =>
      change('release-kind.remove-part', request, { id: request.params.typeId, mandatory }),
  };
}

type PartsRefused =
  | { readonly code: 'not-found'; readonly part?: number | undefined }
  | { readonly code: 'limit-reached'; readonly limit: number }
  | { readonly code: 'kind-in-use' };

function refusalOfParts(refused: PartsRefused): ManagementRefusal {
  switch (refused.code) {
    case 'not-found':
      return notFound('SoftwareModuleType', refused.part ?? 0);
    case 'limit-reached':
      return {
        error: 'quota.tooManyEntries',
        message: `A type of distribution sets has at most ${refused.limit} types of modules.`,
      };
    case 'kind-in-use':
      return { error: 'entityReadOnly', message: 'The type is used by distribution sets: its modules stay.' };
  }
}
