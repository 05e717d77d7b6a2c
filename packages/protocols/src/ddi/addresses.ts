import type { DdiLinks, DdiUrgency, DdiWindow } from './answers.ts';

/**
 * Where a device's resources are. Links must be absolute; the tenant stands as the device wrote it, but for artifacts,
 * where some clients look for its upper-case form.
 */
export type DdiAddress = {
  /** Scheme, host and port under which the device found the server. */
  readonly origin: string;
  readonly tenant: string;
  readonly controller: string;
};

export function baseHref(address: DdiAddress): string {
  const { origin, tenant, controller } = address;
  return `${origin}/${encodeURIComponent(tenant)}/controller/v1/${encodeURIComponent(controller)}`;
}

/**
 * The query only busts caches, as what stands behind the link changes with the attempt's revision and, with time alone,
 * its urgency and its window. Clients cut the action id out between the last `/` and the `?`, so it must be there.
 */
export function deploymentHref(
  address: DdiAddress,
  action: number,
  { revision, download, maintenanceWindow }: DdiUrgency & DdiWindow & { readonly revision: number },
): string {
  const moment = (download === 'forced' ? 1 : 0) + (maintenanceWindow === 'available' ? 2 : 0);
  return `${baseHref(address)}/deploymentBase/${action}?c=${4 * revision + moment}`;
}

/** Without a query: clients append `/feedback` to it. */
export function cancelHref(address: DdiAddress, action: number): string {
  return `${baseHref(address)}/cancelAction/${action}`;
}

/** What brought the software that runs. Without a query. */
export function installedHref(address: DdiAddress, action: number): string {
  return `${baseHref(address)}/installedBase/${action}`;
}

export function configDataHref(address: DdiAddress): string {
  return `${baseHref(address)}/configData`;
}

/**
 * `download-http` and `md5sum-http` are what every known client reads, whatever the scheme; `download` and `md5sum`, the
 * documented names for HTTPS, are given beside them where the address is `https:`.
 */
export function artifactLinks(address: DdiAddress, component: number, filename: string): DdiLinks {
  const upper = { ...address, tenant: address.tenant.toUpperCase() };
  const href = `${baseHref(upper)}/softwaremodules/${component}/artifacts/${encodeURIComponent(filename)}`;
  const plain = { 'download-http': { href }, 'md5sum-http': { href: `${href}.MD5SUM` } };
  const secure = { download: { href }, md5sum: { href: `${href}.MD5SUM` } };
  return address.origin.startsWith('https:') ? { ...secure, ...plain } : plain;
}
