import { X509Certificate } from 'node:crypto';
import type { DatabaseSource } from '@updraft/store';
import { ConfigurationError } from '../../config/configuration-error.ts';
import type { Configuration } from '../../config/configuration.ts';
import { readClientAuthorities, readTlsMaterial } from '../../config/tls-material.ts';
import { fail, type Finding, ok, warn } from './finding.ts';

const DAY_MS = 86_400_000;
const EXPIRES_SOON_DAYS = 30;

/** That of HTTPS, the authorities of devices' certificates, and those whose signatures on bundles are accepted. */
export async function checkCertificates(
  source: DatabaseSource,
  configuration: Pick<Configuration, 'tls'>,
): Promise<Finding[]> {
  const { tls } = configuration;
  if (tls === null) return [ok('HTTPS', 'not served by this server itself'), await checkSigningCertificates(source)];
  const authorities = tls.clientCaFile === null ? [] : [await checkAuthorities(tls.clientCaFile, source.at)];
  return [await checkTls(tls, source.at), ...authorities, await checkSigningCertificates(source)];
}

type Tls = NonNullable<Configuration['tls']>;

async function checkTls(tls: Tls, at: number): Promise<Finding> {
  const material = await readable(() => readTlsMaterial({ tls: { ...tls, clientCaFile: null } }));
  if (typeof material === 'string')
    return fail('HTTPS', {
      code: 'certificate-unreadable',
      fact: material,
      advice: 'The server does not start so: set UPDRAFT_TLS_CERT and UPDRAFT_TLS_KEY to PEM files that go together.',
    });
  const end = new X509Certificate(material?.cert ?? '').validToDate.getTime();
  const fact = `${tls.certFile} ${endText(end, at)}`;
  const advice = 'Devices refuse one that has ended: put a new certificate there and restart the server.';
  if (end < at) return fail('HTTPS', { code: 'certificate-ended', fact, advice });
  if (end >= at + EXPIRES_SOON_DAYS * DAY_MS) return ok('HTTPS', fact);
  return warn('HTTPS', { code: 'certificate-ends-soon', fact, advice });
}

const AUTHORITIES = 'device authorities';

/** One that has ended beside others that have not may stand there for no longer than it is wanted. */
async function checkAuthorities(file: string, at: number): Promise<Finding> {
  const authorities = await readable(() => readClientAuthorities(file));
  if (typeof authorities === 'string')
    return fail(AUTHORITIES, {
      code: 'authority-unreadable',
      fact: authorities,
      advice: 'The server does not start so: set UPDRAFT_TLS_CLIENT_CA to a PEM file with certificates of authorities.',
    });
  const ends = authorities.map(({ subject, validToDate }) => ({
    subject: oneLine(subject),
    end: validToDate.getTime(),
  }));
  const told = (some: typeof ends) => some.map(({ subject, end }) => `${subject} ${endText(end, at)}`).join('; ');
  const advice =
    'Devices with certificates of it are refused when it has ended: put its successor there, and restart the server.';
  const ended = ends.filter(({ end }) => end < at);
  const fault = { code: 'authority-ended', fact: told(ended), advice } as const;
  if (ended.length === ends.length) return fail(AUTHORITIES, fault);
  if (ended.length > 0) return warn(AUTHORITIES, fault);
  const ending = ends.filter(({ end }) => end < at + EXPIRES_SOON_DAYS * DAY_MS);
  if (ending.length === 0) return ok(AUTHORITIES, told(ends));
  return warn(AUTHORITIES, { code: 'authority-ends-soon', fact: told(ending), advice });
}

async function checkSigningCertificates({ db, at }: DatabaseSource): Promise<Finding> {
  const signing = await db
    .selectFrom('signing_certificate')
    .innerJoin('tenant', 'tenant.id', 'signing_certificate.tenant')
    .select(['signing_certificate.name', 'tenant.name as tenant', 'not_after'])
    .where('not_after', '<', at + EXPIRES_SOON_DAYS * DAY_MS)
    .orderBy('not_after')
    .execute();
  if (signing.length === 0) return ok('signing certificates', `none ends within ${EXPIRES_SOON_DAYS} days`);
  return warn('signing certificates', {
    code: 'signing-certificate-ends',
    fact: signing.map(({ name, tenant, not_after }) => `${name} of ${tenant} ${endText(not_after, at)}`).join('; '),
    advice: 'Make a new key, register its certificate, sign with it from now on.',
  });
}

/** What was read, or in words why it cannot be. */
async function readable<T>(read: () => Promise<T>): Promise<T | string> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.join('; ');
  }
}

/** A subject has a line for each of its parts. */
function oneLine(subject: string): string {
  return subject.split('\n').join(', ');
}

function endText(end: number, at: number): string {
  const day = new Date(end).toISOString().slice(0, 10);
  return end < at ? `ended on ${day}` : `ends on ${day}`;
}
