import { fold } from '@updraft/core';
import {
  changeRelease,
  type CommandContext,
  type ComponentRow,
  componentsById,
  componentsOfReleases,
  partsOfReleaseKinds,
  type ReleaseRow,
  setReleaseComponents,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { LOCKED, refused } from './outcome.ts';
import { noteRelease, type ReleaseAct, takeRelease } from './taken-release.ts';

/** hawkBit's limit, which its clients expect. */
const MAX_COMPONENTS = 100;

export const releasePartCommands = {
  'release.add-components': addComponents,
  'release.remove-component': removeComponent,
};

type Fitting = {
  /** Id of the kind of the release; null: it takes any. */
  readonly kind: number | null;
  readonly held: readonly ComponentRow[];
  /** Numbers. */
  readonly added: readonly number[];
};

/**
 * The components of a release once some are added, as numbers. Where a kind allows fewer than there are, the oldest of it
 * gives way, as in hawkBit.
 */
export async function fittingComponents(context: CommandContext, { tenant }: Scope, { kind, held, added }: Fitting) {
  const wanted = new Set(added);
  const found = (await componentsById(context.db, tenant, [...wanted])).filter(({ deleted }) => deleted === 0);
  const missing = [...wanted].find((id) => !found.some((component) => component.id === id));
  if (missing !== undefined) return { ...refused('not-found'), missing: 'component' as const, wanted: `${missing}` };
  const parts = new Map(
    kind === null ? [] : (await partsOfReleaseKinds(context.db, [kind])).map((part) => [part.key_fold, part]),
  );
  const components = [...held];
  for (const id of wanted) {
    const component = found.find((one) => one.id === id);
    if (component === undefined || components.some((one) => one.id === id)) continue;
    const part = parts.get(fold(component.kind));
    if (kind !== null && part === undefined)
      return { outcome: 'refused' as const, code: 'unsupported' as const, component: component.name };
    const alike = components.filter((one) => one.kind === component.kind);
    const [oldest] = alike;
    if (part !== undefined && oldest !== undefined && alike.length >= part.max_assignments)
      components.splice(components.indexOf(oldest), 1);
    components.push(component);
  }
  if (components.length > MAX_COMPONENTS) return { ...refused('limit-reached'), limit: MAX_COMPONENTS };
  return { outcome: 'fits' as const, components: components.map(({ id }) => id) };
}

async function addComponents(
  context: CommandContext,
  { scope, id, components: added }: ReleaseAct & { readonly components: readonly number[] },
) {
  const draft = await takeDraft(context, { scope, id });
  if ('outcome' in draft) return draft;
  const held = await componentsOfReleases(context.db, [id]);
  const fitting = await fittingComponents(context, scope, { kind: draft.kind, held, added });
  return fitting.outcome === 'refused' ? fitting : setParts(context, scope, { draft, components: fitting.components });
}

async function removeComponent(
  context: CommandContext,
  { scope, id, component }: ReleaseAct & { readonly component: number },
) {
  const draft = await takeDraft(context, { scope, id });
  if ('outcome' in draft) return draft;
  const held = (await componentsOfReleases(context.db, [id])).map((one) => one.id);
  if (!held.includes(component))
    return { ...refused('not-found'), missing: 'component' as const, wanted: `${component}` };
  return setParts(context, scope, { draft, components: held.filter((one) => one !== component) });
}

async function takeDraft(context: CommandContext, { scope, id }: ReleaseAct) {
  const row = await takeRelease(context, { scope, id });
  if (row === undefined || row.deleted === 1)
    return { ...refused('not-found'), missing: 'release' as const, wanted: `${id}` };
  return row.state === 'draft' && row.locked === 0 ? row : LOCKED;
}

async function setParts(
  context: CommandContext,
  scope: Scope,
  { draft, components }: { readonly draft: ReleaseRow; readonly components: readonly number[] },
) {
  await setReleaseComponents(context, draft.id, components);
  await changeRelease(context, draft.id, { changed_at: context.now, changed_by: scope.actor });
  await noteRelease(context, scope, { event: 'changed', row: draft });
  return { outcome: 'changed' as const };
}
