import { type PageQuery, type Target, TARGET_SEARCH } from '@updraft/protocols/hawkbit-management';
import {
  DEVICE_LIST,
  type DeviceDetail,
  deviceDetails,
  filterMoments,
  findDeviceDetail,
  findTenant,
  type selectDeviceIds,
} from '@updraft/store';
import { mayDo } from '../../access/rights.ts';
import type { Scope } from '../../access/scope.ts';
import { doorSettings } from './door-settings.ts';
import { type ManagementParts, type ManagementRefusal, notFound } from './handler.ts';
import type { LinkMaker } from './links.ts';
import { answerList, searchable } from './read-list.ts';
import { targetView } from './target-view.ts';

/** Fields whose rows the query of devices joins. */
const JOINED = ['lastContactAt', 'type', 'type.key', 'runningRelease.name', 'runningRelease.version'];

export const TARGETS = searchable(DEVICE_LIST, TARGET_SEARCH, {
  joined: JOINED,
  defaultOrder: { field: 'name', descending: false },
});

export type Viewer = { readonly scope: Scope; readonly links: LinkMaker };
type TargetViewer = (row: DeviceDetail, isSingle: boolean) => Target;

/** Shows devices as targets, as far as who asks may see them. */
export async function targetViewer(
  { store, sealer }: ManagementParts,
  { scope, links }: Viewer,
): Promise<TargetViewer> {
  const tenant = await findTenant(store.reader, scope.tenant);
  if (tenant === undefined) throw new Error(`the tenant ${scope.tenant} of a request is gone`);
  const { asksConsent } = await doorSettings(store.reader, scope.tenant);
  const context = {
    links,
    tenant,
    asksConsent,
    now: await store.now(),
    sealer: mayDo(scope, 'read-tokens') ? sealer : null,
  };
  return (row, isSingle) => targetView(row, context, isSingle);
}

type Asked = {
  /** Ids of devices: those of the tenant, or some of them. */
  readonly rows: ReturnType<typeof selectDeviceIds>;
  readonly query: PageQuery;
  /** They are all devices of the tenant: a large list has indexes of its own. */
  readonly isAll?: true;
};

/** A page of targets. */
export async function answerTargets(parts: ManagementParts, viewer: Viewer, { rows, query, isAll }: Asked) {
  const { store } = parts;
  const reader = store.longReader;
  const { tenant } = viewer.scope;
  await parts.writeContacts();
  const moments = await filterMoments(reader, tenant, await store.now());
  const view = await targetViewer(parts, viewer);
  const source = { reader, query: rows, moments, ...(isAll === true ? { tenant } : {}) };
  return answerList(source, { list: TARGETS, query }, async (found) => {
    const ids = found.map(({ id }) => id);
    return (await deviceDetails(reader, ids)).map((row) => view(row, false));
  });
}

export async function showTarget(
  parts: ManagementParts,
  viewer: Viewer,
  name: string,
): Promise<{ readonly ok: Target } | ManagementRefusal> {
  await parts.writeContacts();
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
