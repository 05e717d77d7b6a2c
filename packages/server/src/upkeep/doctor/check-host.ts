import { X509Certificate } from 'node:crypto';
import { readFile, statfs } from 'node:fs/promises';
import type { DatabaseSource } from '@updraft/store';
import type { Configuration } from '../../config/configuration.ts';
import { MIN_FREE_DISK_MEBIBYTES } from '../../http/health.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

const MEBIBYTE = 1024 ** 2;
/** Enough for an artifact and some days of reports. */
const LITTLE_FREE_MEBIBYTES = 1024;
const DAY_MS = 86_400_000;
const EXPIRES_SOON_DAYS = 30;

export async function checkDisk(dataDir: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(dataDir);
  const free = Math.floor((bavail * bsize) / MEBIBYTE);
  const fact = `${free} MiB are free in ${dataDir}`;
  if (free < MIN_FREE_DISK_MEBIBYTES)
    return fail('disk', {
      code: 'disk-full',
      fact,
      advice: `The server takes nothing below ${MIN_FREE_DISK_MEBIBYTES} MiB: free some space.`,
    });
  if (free >= LITTLE_FREE_MEBIBYTES) return ok('disk', fact);
  const advice = 'Free some space, or let less be kept: "updraft settings set --help".';
  return warn('disk', { code: 'disk-low', fact, advice });
}

/** That of HTTPS, and those whose signatures on bundles are accepted. */
export async function checkCertificates({ db, at }: DatabaseSource, { tls }: Configuration): Promise<Finding[]> {
  const signing = await db
    .selectFrom('signing_certificate')
    .innerJoin('tenant', 'tenant.id', 'signing_certificate.tenant')
    .select(['signing_certificate.name', 'tenant.name as tenant', 'not_after'])
    .where('not_after', '<', at + EXPIRES_SOON_DAYS * DAY_MS)
    .orderBy('not_after')
    .execute();
  const expiring = signing.map(({ name, tenant, not_after }) => `${name} of ${tenant} ${endText(not_after, at)}`);
  return [
    tls === null ? ok('HTTPS', 'not served by this server itself') : await checkTls(tls.certFile, at),
    expiring.length === 0
      ? ok('signing certificates', `none ends within ${EXPIRES_SOON_DAYS} days`)
      : warn('signing certificates', {
          code: 'signing-certificate-ends',
          fact: expiring.join('; '),
          advice: 'Make a new key, register its certificate, sign with it from now on.',
        }),
  ];
}

async function checkTls(file: string, at: number): Promise<Finding> {
  try {
    const end = new X509Certificate(await readFile(file)).validToDate.getTime();
    const fact = `${file} ${endText(end, at)}`;
    const advice = 'Devices refuse one that has ended: put a new certificate there and restart the server.';
    if (end < at) return fail('HTTPS', { code: 'certificate-ended', fact, advice });
    if (end >= at + EXPIRES_SOON_DAYS * DAY_MS) return ok('HTTPS', fact);
    return warn('HTTPS', { code: 'certificate-ends-soon', fact, advice });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail('HTTPS', {
      code: 'certificate-unreadable',
      fact: `${file} cannot be read: ${why}`,
      advice: 'Set UPDRAFT_TLS_CERT to the PEM file of the certificate.',
    });
  }
}

function endText(end: number, at: number): string {
  const day = new Date(end).toISOString().slice(0, 10);
  return end < at ? `ended on ${day}` : `ends on ${day}`;
}
