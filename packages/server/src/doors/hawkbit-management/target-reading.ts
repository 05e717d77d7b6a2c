import type { Target } from '@updraft/protocols/hawkbit-management';
import { type DeviceDetail, findDeviceDetail, findTenant } from '@updraft/store';
import { mayDo } from '../../access/rights.ts';
import type { Scope } from '../../access/scope.ts';
import { type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { targetView } from './target-view.ts';

export type Viewer = { readonly scope: Scope; readonly links: LinkMaker };
type TargetViewer = (row: DeviceDetail, isSingle: boolean) => Target;

/** Shows devices as targets, as far as who asks may see them. */
export async function targetViewer(
  { store, sealer }: ManagementParts,
  { scope, links }: Viewer,
): Promise<TargetViewer> {
  const tenant = await findTenant(store.reader, scope.tenant);
  if (tenant === undefined) throw new Error(`the tenant ${scope.tenant} of a request is gone`);
  const context = { links, tenant, now: await store.now(), sealer: mayDo(scope, 'read-tokens') ? sealer : null };
  return (row, isSingle) => targetView(row, context, isSingle);
}

export async function showTarget(
  parts: ManagementParts,
  viewer: Viewer,
  name: string,
): Promise<{ readonly ok: Target } | ManagementRefusal> {
  const row = await findDeviceDetail(parts.store.reader, viewer.scope.tenant, name);
  if (row === undefined) return notFound('Target', name);
  return { ok: (await targetViewer(parts, viewer))(row, true) };
}

/** The targets of these names, in their order, as what made them answers. */
export async function readTargets(parts: ManagementParts, viewer: Viewer, names: readonly string[]): Promise<Target[]> {
  const view = await targetViewer(parts, viewer);
  const targets: Target[] = [];
  for (const name of names) {
    const row = await findDeviceDetail(parts.store.reader, viewer.scope.tenant, name);
    if (row !== undefined) targets.push(view(row, true));
  }
  return targets;
}
