import { fold } from '@updraft/core';
import {
  appendEvent,
  changeComponent,
  type CommandContext,
  componentKindsByKey,
  type ComponentRow,
  componentsById,
  deleteComponent,
  fixedComponents,
  insertComponent,
  isComponentHeld,
  isHeldByLocked,
  keptOrUndone,
  lockTenant,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { dropComponentArtifacts } from './component-artifact-commands.ts';
import { LOCKED, refused } from './outcome.ts';

/** A component that gets its artifacts later. */
export type BareComponent = {
  readonly name: string;
  readonly version: string;
  /** The key of a kind of the tenant. */
  readonly kind: string;
  readonly description: string;
  readonly vendor: string;
  readonly encrypted: boolean;
};
/** What is left out stays. */
export type ComponentChange = { readonly description?: string; readonly vendor?: string; readonly locked?: boolean };
type ComponentAct = { readonly scope: Scope; readonly id: number };

export const componentAmendCommands = {
  'component.register': registerComponents,
  'component.amend': amendComponent,
  'component.drop': dropComponent,
};

/** Adds components without artifacts: all of them, or none. */
async function registerComponents(
  context: CommandContext,
  { scope, components }: { readonly scope: Scope; readonly components: readonly BareComponent[] },
) {
  await lockTenant(context, scope.tenant);
  const keys = [...new Set(components.map(({ kind }) => kind))];
  const known = await componentKindsByKey(context.db, scope.tenant, keys);
  const kinds = new Map(known.filter(({ deleted }) => deleted === 0).map((kind) => [kind.key_fold, kind.key]));
  const unknown = keys.find((key) => !kinds.has(fold(key)));
  if (unknown !== undefined) return { ...refused('not-found'), kind: unknown };
  const made: ComponentRow[] = [];
  const areKept = await keptOrUndone(context, async () => {
    for (const { kind, encrypted, ...component } of components) {
      const own = { ...component, kind: kinds.get(fold(kind)) ?? kind, encrypted: encrypted ? 1 : 0 } as const;
      const row = await insertComponent(context, { ...own, tenant: scope.tenant, created_by: scope.actor }, []);
      if (row === undefined) return false;
      made.push(row);
    }
    return true;
  });
  if (!areKept) return { ...refused('name-taken'), name: components[made.length]?.name ?? '' };
  for (const row of made) await noteComponent(context, scope, { event: 'created', row });
  return { outcome: 'created' as const, components: made.map(({ id }) => id) };
}

/** Words may be changed at any time; what a published release holds stays locked. */
async function amendComponent(
  context: CommandContext,
  { scope, id, change }: ComponentAct & { readonly change: ComponentChange },
) {
  await lockTenant(context, scope.tenant);
  const [row] = await componentsById(context.db, scope.tenant, [id]);
  if (row === undefined) return refused('not-found');
  const { locked, ...words } = change;
  if (locked === false && (await fixedComponents(context.db, [id])).has(id)) return LOCKED;
  const lock = locked === undefined ? {} : ({ locked: locked ? 1 : 0 } as const);
  await changeComponent(context, { id, actor: scope.actor }, { ...words, ...lock });
  await noteComponent(context, scope, { event: 'changed', row });
  return { outcome: 'changed' as const };
}

/**
 * Removes a component with the artifacts that nothing else holds. One that a draft or a deleted release holds is kept
 * for that, and shown no more. Tells the content that may be needed no more.
 */
async function dropComponent(context: CommandContext, { scope, id }: ComponentAct) {
  await lockTenant(context, scope.tenant);
  const [row] = await componentsById(context.db, scope.tenant, [id]);
  if (row === undefined || row.deleted === 1) return refused('not-found');
  if (await isHeldByLocked(context.db, id)) return LOCKED;
  let contents: readonly string[] = [];
  if (await isComponentHeld(context.db, id)) await changeComponent(context, { id, actor: scope.actor }, { deleted: 1 });
  else {
    contents = await dropComponentArtifacts(context, scope, id);
    await deleteComponent(context, id);
  }
  await noteComponent(context, scope, { event: 'deleted', row });
  return { outcome: 'deleted' as const, contents };
}

async function noteComponent(
  context: CommandContext,
  { tenant, actor }: Scope,
  { event, row }: { readonly event: string; readonly row: ComponentRow },
): Promise<void> {
  const { name, version, kind } = row;
  const subject = { kind: 'component', id: row.uid };
  await appendEvent(context, { tenant, actor, name: `component.${event}`, subject, data: { name, version, kind } });
}
