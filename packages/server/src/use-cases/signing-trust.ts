import { findTenant, type Schema, signingCertificatesOf } from '@updraft/store';
import type { Kysely } from 'kysely';

/** What bundles of a tenant are judged by. */
export type SigningTrust = {
  readonly policy: 'off' | 'warn' | 'require';
  /** PEM. */
  readonly certificates: readonly string[];
  /** Changes with any of it: a command that relies on a judgement compares it where it commits. */
  readonly basis: string;
};

export async function readSigningTrust(db: Kysely<Schema>, tenant: number): Promise<SigningTrust> {
  const certificates = await signingCertificatesOf(db, tenant);
  const policy = (await findTenant(db, tenant))?.signing_policy ?? 'require';
  const fingerprints = certificates.map(({ fingerprint }) => fingerprint).toSorted();
  return { policy, certificates: certificates.map(({ pem }) => pem), basis: [policy, ...fingerprints].join(' ') };
}
