import {
  appendEvent,
  type ArtifactRow,
  type CommandContext,
  deleteComponent,
  findArtifact,
  findComponent,
  insertComponent,
  isComponentHeld,
  lockTenant,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { once } from './once.ts';
import { type ComponentView, componentViews } from './release-view.ts';

type NewComponent = {
  readonly name: string;
  readonly version: string;
  readonly kind: string;
  /** Uids; no two of these artifacts may have the same file name: devices fetch them by it. */
  readonly artifacts: readonly string[];
};
export type ComponentCreated =
  | { readonly outcome: 'created'; readonly component: ComponentView }
  | { readonly outcome: 'refused'; readonly code: 'name-taken' }
  | { readonly outcome: 'refused'; readonly code: 'not-found'; readonly artifact: string }
  | { readonly outcome: 'refused'; readonly code: 'body-invalid'; readonly filename: string };

export type ComponentDeleted =
  | { readonly outcome: 'deleted' }
  | { readonly outcome: 'refused'; readonly code: 'not-found' | 'component-in-use' };

export const componentCommands = {
  'component.create': once(createComponent),
  'component.delete': removeComponent,
};

async function createComponent(
  context: CommandContext,
  { scope, component }: { readonly scope: Scope; readonly component: NewComponent },
): Promise<ComponentCreated> {
  await lockTenant(context, scope.tenant);
  const artifacts = new Map<string, ArtifactRow>();
  for (const id of new Set(component.artifacts)) {
    const artifact = await findArtifact(context.db, scope.tenant, id);
    if (artifact === undefined) return { outcome: 'refused', code: 'not-found', artifact: id };
    const { filename } = artifact;
    if (artifacts.has(filename)) return { outcome: 'refused', code: 'body-invalid', filename };
    artifacts.set(filename, artifact);
  }
  const { name, version, kind } = component;
  const ids = [...artifacts.values()].map(({ id }) => id);
  const row = await insertComponent(
    context,
    { tenant: scope.tenant, name, version, kind, created_by: scope.actor },
    ids,
  );
  if (row === undefined) return { outcome: 'refused', code: 'name-taken' };
  await note(context, scope, { name: 'component.created', id: row.uid, data: { name, version, kind } });
  const [view] = await componentViews(context.db, [row]);
  if (view === undefined) throw new Error(`component ${row.uid} has no view`);
  return { outcome: 'created', component: view };
}

async function removeComponent(
  context: CommandContext,
  { scope, id }: { readonly scope: Scope; readonly id: string },
): Promise<ComponentDeleted> {
  await lockTenant(context, scope.tenant);
  const row = await findComponent(context.db, scope.tenant, id);
  if (row === undefined) return { outcome: 'refused', code: 'not-found' };
  if (await isComponentHeld(context.db, row.id)) return { outcome: 'refused', code: 'component-in-use' };
  await deleteComponent(context, row.id);
  await note(context, scope, {
    name: 'component.deleted',
    id: row.uid,
    data: { name: row.name, version: row.version },
  });
  return { outcome: 'deleted' };
}

async function note(
  context: CommandContext,
  { tenant, actor }: Scope,
  event: { readonly name: string; readonly id: string; readonly data: Record<string, unknown> },
) {
  const { name, id, data } = event;
  await appendEvent(context, { tenant, actor, name, subject: { kind: 'component', id }, data });
}
