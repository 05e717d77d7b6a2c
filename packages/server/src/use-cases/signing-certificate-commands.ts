import type { SigningCertificate } from '@updraft/protocols';
import {
  appendEvent,
  changeTenantSettings,
  type CommandContext,
  countSigningCertificates,
  deleteSigningCertificate,
  hasSigningCertificate,
  insertSigningCertificate,
  lockTenant,
  type NewSigningCertificateRow,
  type SigningCertificateRow,
  type TenantRow,
} from '@updraft/store';
import type { z } from 'zod';
import type { Scope } from '../access/scope.ts';
import { once } from './once.ts';
import { refused } from './outcome.ts';
import { timestamp } from './timestamp.ts';

export type SigningCertificateView = z.output<typeof SigningCertificate>;

export const signingCertificateCommands = {
  'signing-certificate.create': once(registerCertificate),
  'signing-certificate.delete': removeCertificate,
};

export function signingCertificateView(row: SigningCertificateRow): SigningCertificateView {
  return {
    id: row.uid,
    name: row.name,
    subject: row.subject,
    fingerprint: row.fingerprint,
    notBefore: timestamp(row.not_before),
    notAfter: timestamp(row.not_after),
    pem: row.pem,
    createdAt: timestamp(row.created_at),
  };
}

/** With the first certificate signatures are required, whatever the policy was: who registers one means it. */
async function registerCertificate(
  context: CommandContext,
  input: { readonly scope: Scope; readonly certificate: Omit<NewSigningCertificateRow, 'tenant'> },
) {
  const { scope, certificate } = input;
  const tenant = await lockTenant(context, scope.tenant);
  if (tenant === undefined) return refused('not-found');
  if (await hasSigningCertificate(context.db, scope.tenant, certificate.fingerprint))
    return refused('certificate-invalid');
  const row = await insertSigningCertificate(context, { ...certificate, tenant: scope.tenant });
  if (row === undefined) return refused('name-taken');
  await noteCertificate(context, scope, 'signing-certificate.created', row);
  if ((await countSigningCertificates(context.db, scope.tenant)) === 1)
    await setPolicy(context, scope, tenant, 'require');
  return { outcome: 'created' as const, certificate: signingCertificateView(row) };
}

/**
 * Without any certificate `require` would refuse every bundle, so it becomes `off`. A policy that somebody set to
 * `warn` stays: it refuses nothing, and goes on telling that signatures are not checked.
 */
async function removeCertificate(context: CommandContext, input: { readonly scope: Scope; readonly id: string }) {
  const { scope, id } = input;
  const tenant = await lockTenant(context, scope.tenant);
  const row = await deleteSigningCertificate(context, scope.tenant, id);
  if (row === undefined || tenant === undefined) return refused('not-found');
  await noteCertificate(context, scope, 'signing-certificate.deleted', row);
  const left = await countSigningCertificates(context.db, scope.tenant);
  if (left === 0 && tenant.signing_policy === 'require') await setPolicy(context, scope, tenant, 'off');
  return { outcome: 'deleted' as const };
}

async function setPolicy(context: CommandContext, scope: Scope, tenant: TenantRow, policy: 'require' | 'off') {
  if (tenant.signing_policy === policy) return;
  await changeTenantSettings(context, tenant.id, { signing_policy: policy });
  await appendEvent(context, {
    tenant: tenant.id,
    name: 'settings.changed',
    actor: scope.actor,
    subject: { kind: 'tenant', id: tenant.uid },
    data: { signingPolicy: policy },
  });
}

async function noteCertificate(
  context: CommandContext,
  scope: Scope,
  name: 'signing-certificate.created' | 'signing-certificate.deleted',
  row: SigningCertificateRow,
) {
  await appendEvent(context, {
    tenant: scope.tenant,
    name,
    actor: scope.actor,
    subject: { kind: 'signing-certificate', id: row.name },
    data: { fingerprint: row.fingerprint },
  });
}
