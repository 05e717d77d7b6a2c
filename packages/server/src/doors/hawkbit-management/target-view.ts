import { type Target, updateStatus } from '@updraft/protocols/hawkbit-management';
import type { DeviceDetail, TenantRow } from '@updraft/store';
import type { Sealer } from '../../access/sealer.ts';
import { auditOf } from './audit.ts';
import type { LinkMaker } from './links.ts';

export type TargetContext = {
  readonly links: LinkMaker;
  readonly tenant: Pick<TenantRow, 'poll_interval_seconds' | 'overdue_allowance_seconds'>;
  readonly now: number;
  /** The confirmation flow is on. */
  readonly asksConsent: boolean;
  /** Null where who asks may not read tokens. */
  readonly sealer: Pick<Sealer, 'unseal'> | null;
};

/** A device as a target; in lists it links itself only. */
export function targetView(row: DeviceDetail, context: TargetContext, isSingle: boolean): Target {
  const { sealer } = context;
  return {
    ...auditOf(row),
    controllerId: row.name,
    name: row.display_name === '' ? row.name : row.display_name,
    description: row.description === '' ? null : row.description,
    group: groupOf(row.group_path),
    updateStatus: updateStatus(row.standing),
    lastControllerRequestAt: row.contact_at,
    installedAt: row.updated_at,
    ipAddress: hostOf(row.address),
    address: row.address === '' ? null : row.address,
    pollStatus: row.contact_at === null ? null : pollStatus(row.contact_at, context),
    securityToken: sealer === null || row.token_sealed === null ? null : sealer.unseal(row.token_sealed),
    requestAttributes: row.attributes_wanted === 1,
    targetType: row.type,
    targetTypeName: row.type_name,
    autoConfirmActive: context.asksConsent ? row.auto_consent_at !== null : null,
    _links: isSingle ? singleLinks(row, context) : { self: context.links`/targets/${row.name}` },
  };
}

/** hawkBit's groups have no slash before them. */
export function groupOf(path: string): string | null {
  return path === '' ? null : path.slice(1);
}

function pollStatus(lastRequestAt: number, { tenant, now }: TargetContext) {
  const nextExpectedRequestAt = lastRequestAt + tenant.poll_interval_seconds * 1000;
  const overdue = nextExpectedRequestAt + tenant.overdue_allowance_seconds * 1000 < now;
  return { lastRequestAt, nextExpectedRequestAt, overdue };
}

function hostOf(address: string): string | null {
  const host = URL.parse(address)?.hostname ?? '';
  return host === '' ? null : host;
}

function singleLinks(row: DeviceDetail, { links, asksConsent }: TargetContext): Target['_links'] {
  const { name, type } = row;
  return {
    self: links`/targets/${name}`,
    assignedDS: links`/targets/${name}/assignedDS`,
    installedDS: links`/targets/${name}/installedDS`,
    attributes: links`/targets/${name}/attributes`,
    actions: links`/targets/${name}/actions?offset=0&limit=50&sort=id:DESC`,
    metadata: links`/targets/${name}/metadata?offset=0&limit=50`,
    ...(type === null ? {} : { targetType: links`/targettypes/${type}` }),
    ...(asksConsent ? { autoConfirm: links`/targets/${name}/autoConfirm` } : {}),
  };
}
