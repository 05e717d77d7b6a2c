import { fold } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { ListDeclaration } from '../list/list-fields.ts';
import type { Schema } from '../schema.ts';
import { newUid } from '../uid.ts';

export type SigningCertificateRow = Selectable<Schema['signing_certificate']>;

export const SIGNING_CERTIFICATE_LIST: ListDeclaration = {
  fields: {
    name: { type: 'text', column: 'signing_certificate.name_fold', sortable: true },
    createdAt: { type: 'instant', column: 'signing_certificate.created_at' },
    notAfter: { type: 'instant', column: 'signing_certificate.not_after' },
    fingerprint: { type: 'exact', column: 'signing_certificate.fingerprint' },
  },
  id: 'signing_certificate.id',
  defaultSort: 'name',
};

export function selectSigningCertificates(db: Kysely<Schema>, tenant: number) {
  return db.selectFrom('signing_certificate').selectAll().where('signing_certificate.tenant', '=', tenant);
}
export type NewSigningCertificateRow = {
  readonly tenant: number;
  readonly name: string;
  readonly subject: string;
  readonly fingerprint: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly pem: string;
};

/** Every certificate whose signatures the tenant accepts. */
export async function signingCertificatesOf(db: Kysely<Schema>, tenant: number): Promise<SigningCertificateRow[]> {
  return db.selectFrom('signing_certificate').selectAll().where('tenant', '=', tenant).orderBy('id').execute();
}

export async function countSigningCertificates(db: Kysely<Schema>, tenant: number): Promise<number> {
  const row = await db
    .selectFrom('signing_certificate')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('tenant', '=', tenant)
    .executeTakeFirstOrThrow();
  return row.n;
}

export async function hasSigningCertificate(db: Kysely<Schema>, tenant: number, fingerprint: string): Promise<boolean> {
  const row = await db
    .selectFrom('signing_certificate')
    .select('id')
    .where('tenant', '=', tenant)
    .where('fingerprint', '=', fingerprint)
    .executeTakeFirst();
  return row !== undefined;
}

/** Adds a certificate; undefined where the tenant has one of that name. */
export async function insertSigningCertificate(
  context: CommandContext,
  certificate: NewSigningCertificateRow,
): Promise<SigningCertificateRow | undefined> {
  return context.db
    .insertInto('signing_certificate')
    .values({
      uid: newUid(context.now),
      tenant: certificate.tenant,
      name: certificate.name,
      name_fold: fold(certificate.name),
      subject: certificate.subject,
      fingerprint: certificate.fingerprint,
      not_before: certificate.notBefore,
      not_after: certificate.notAfter,
      pem: certificate.pem,
      created_at: context.now,
    })
    .onConflict((conflict) => conflict.columns(['tenant', 'name_fold']).doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Tells what went, undefined where there was nothing. */
export async function deleteSigningCertificate(
  context: CommandContext,
  tenant: number,
  uid: string,
): Promise<SigningCertificateRow | undefined> {
  return context.db
    .deleteFrom('signing_certificate')
    .where('tenant', '=', tenant)
    .where('uid', '=', uid)
    .returningAll()
    .executeTakeFirst();
}
