import {
  appendEvent,
  changeRelease,
  type CommandContext,
  deleteRelease,
  findComponent,
  findDeviceTypeByName,
  insertRelease,
  lockRelease,
  lockTenant,
  type ReleaseRow,
  setReleaseComponents,
  setReleaseDeviceTypes,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { once } from './once.ts';
import { publishRelease, withdrawRelease } from './publish-release.ts';
import { type ReleaseView, releaseView } from './release-view.ts';

export type DraftContent = {
  readonly description?: string | undefined;
  /** Uids, in the order in which devices are told of them. */
  readonly components?: readonly string[] | undefined;
  /** Names. */
  readonly deviceTypes?: readonly string[] | undefined;
  readonly requiredStep?: boolean | undefined;
};
type NewRelease = DraftContent & { readonly name: string; readonly version: string };
/** A change of the release with this uid, of the revision that If-Match names. */
export type ReleaseChangeInput = { readonly scope: Scope; readonly id: string; readonly ifMatch: number | null };

/** What the content names and the tenant has not, in words. */
type Missing = { readonly outcome: 'refused'; readonly code: 'not-found'; readonly missing: string };
export type ReleaseCreated =
  | { readonly outcome: 'created'; readonly release: ReleaseView }
  | { readonly outcome: 'refused'; readonly code: 'name-taken' }
  | Missing;
export type ReleaseChanged =
  | { readonly outcome: 'changed'; readonly release: ReleaseView }
  | { readonly outcome: 'refused'; readonly code: 'not-found' | 'precondition-failed' | 'release-not-draft' }
  | Missing;
export type ReleaseDeleted =
  | { readonly outcome: 'deleted' }
  | { readonly outcome: 'refused'; readonly code: 'not-found' | 'precondition-failed' | 'release-not-draft' };

export const releaseCommands = {
  'release.create': once(createRelease),
  'release.change': changeDraft,
  'release.publish': publishRelease,
  'release.withdraw': withdrawRelease,
  'release.delete': removeDraft,
};

async function createRelease(
  context: CommandContext,
  { scope, release }: { readonly scope: Scope; readonly release: NewRelease },
): Promise<ReleaseCreated> {
  await lockTenant(context, scope.tenant);
  const references = await resolve(context, scope, release);
  if ('missing' in references) return references;
  const { name, version, description = '', requiredStep = false } = release;
  const { tenant, actor: created_by } = scope;
  const own = { tenant, name, version, description, required_step: requiredStep ? 1 : 0, created_by } as const;
  const row = await insertRelease(context, own);
  if (row === undefined) return { outcome: 'refused', code: 'name-taken' };
  await setReferences(context, row.id, references);
  await noteRelease(context, scope, { event: 'created', row });
  return { outcome: 'created', release: await releaseView(context.db, row) };
}

async function changeDraft(
  context: CommandContext,
  input: ReleaseChangeInput & { readonly change: DraftContent },
): Promise<ReleaseChanged> {
  const { scope, change } = input;
  const draft = await lockDraft(context, input);
  if ('outcome' in draft) return draft;
  const references = await resolve(context, scope, change);
  if ('missing' in references) return references;
  const { description = draft.description, requiredStep = draft.required_step === 1 } = change;
  const row = await changeRelease(context, draft.id, { description, required_step: requiredStep ? 1 : 0 });
  await setReferences(context, row.id, references);
  await noteRelease(context, scope, { event: 'changed', row });
  return { outcome: 'changed', release: await releaseView(context.db, row) };
}

async function removeDraft(context: CommandContext, input: ReleaseChangeInput): Promise<ReleaseDeleted> {
  const draft = await lockDraft(context, input);
  if ('outcome' in draft) return draft;
  await deleteRelease(context, draft.id);
  await noteRelease(context, input.scope, { event: 'deleted', row: draft });
  return { outcome: 'deleted' };
}

async function lockDraft(
  context: CommandContext,
  { scope, id, ifMatch }: ReleaseChangeInput,
): Promise<ReleaseRow | Extract<ReleaseDeleted, { outcome: 'refused' }>> {
  await lockTenant(context, scope.tenant);
  const row = await lockRelease(context, scope.tenant, id);
  if (row === undefined) return { outcome: 'refused', code: 'not-found' };
  if (ifMatch !== null && ifMatch !== row.revision) return { outcome: 'refused', code: 'precondition-failed' };
  return row.state === 'draft' ? row : { outcome: 'refused', code: 'release-not-draft' };
}

/** Ids of what a draft names; undefined where it leaves that as it is. */
type References = {
  readonly components: readonly number[] | undefined;
  readonly deviceTypes: readonly number[] | undefined;
};

async function resolve(
  context: CommandContext,
  { tenant }: Scope,
  content: DraftContent,
): Promise<References | Missing> {
  const components: number[] = [];
  for (const uid of new Set(content.components)) {
    const component = await findComponent(context.db, tenant, uid);
    if (component === undefined) return { outcome: 'refused', code: 'not-found', missing: `component ${uid}` };
    components.push(component.id);
  }
  const deviceTypes = new Set<number>();
  for (const name of new Set(content.deviceTypes)) {
    const deviceType = await findDeviceTypeByName(context.db, tenant, name);
    if (deviceType === undefined) return { outcome: 'refused', code: 'not-found', missing: `device type "${name}"` };
    deviceTypes.add(deviceType.id);
  }
  return {
    components: content.components === undefined ? undefined : components,
    deviceTypes: content.deviceTypes === undefined ? undefined : [...deviceTypes],
  };
}

async function setReferences(context: CommandContext, release: number, { components, deviceTypes }: References) {
  if (components !== undefined) await setReleaseComponents(context, release, components);
  if (deviceTypes !== undefined) await setReleaseDeviceTypes(context, release, deviceTypes);
}

async function noteRelease(
  context: CommandContext,
  { tenant, actor }: Scope,
  { event, row }: { readonly event: string; readonly row: ReleaseRow },
) {
  const subject = { kind: 'release', id: row.uid };
  const data = { name: row.name, version: row.version };
  await appendEvent(context, { tenant, actor, name: `release.${event}`, subject, data });
}
