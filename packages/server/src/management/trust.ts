import { readPage, selectSigningCertificates, SIGNING_CERTIFICATE_LIST } from '@updraft/store';
import { type CertificateRefusal, MIN_RSA_BITS, readCertificate } from '../access/read-certificate.ts';
import { type Handlers } from '../http/mount.ts';
import { refusalOf, type Refusal } from '../http/problems.ts';
import { signingCertificateView } from '../use-cases/signing-certificate-commands.ts';
import type { HandlerParts } from './handler-parts.ts';
import { listAnswer } from './list-answer.ts';

const REASONS: Readonly<Record<CertificateRefusal, string>> = {
  'not-pem': 'Send the certificate as PEM: it begins with -----BEGIN CERTIFICATE-----.',
  'several-certificates': 'Send one certificate at a time; register each of a chain by itself.',
  'private-key': 'This holds a private key. It was not kept, but treat it as known: keep release keys off this server.',
  'not-a-certificate': 'The PEM block is no X.509 certificate.',
  'certificate-expired': 'The certificate has expired; devices would refuse what it signs.',
  'purpose-wrong': 'The certificate is for other purposes; one that signs bundles allows emailProtection.',
  'key-unfit': `The certificate’s key is not fit: use RSA with at least ${MIN_RSA_BITS} bits, or EC.`,
};

export function trustHandlers({
  store,
  now,
}: HandlerParts): Handlers<
  'signing-certificates.list' | 'signing-certificates.create' | 'signing-certificates.delete'
> {
  return {
    'signing-certificates.list': async ({ scope, query }) => {
      const rows = selectSigningCertificates(store.longReader, scope.tenant);
      const page = await readPage({ reader: store.longReader, query: rows }, SIGNING_CERTIFICATE_LIST, query);
      return listAnswer(page, (found) => found.map(signingCertificateView));
    },
    'signing-certificates.create': async ({ scope, body, once }) => {
      const read = readCertificate(body.pem, now());
      if ('reason' in read) return invalid(read.reason, REASONS[read.reason]);
      const input = { scope, once, certificate: { ...read, name: body.name } };
      const result = await store.commands.run('signing-certificate.create', input);
      if (result.outcome === 'created') return { ok: result.certificate, replayed: result.replayed };
      if (result.code === 'certificate-invalid')
        return invalid('already-registered', 'The same certificate is registered already, maybe under another name.');
      return refusalOf(result.code, { 'name-taken': 'A certificate of that name is registered; choose another name.' });
    },
    'signing-certificates.delete': async ({ scope, params }) => {
      const result = await store.commands.run('signing-certificate.delete', { scope, id: params.id });
      return result.outcome === 'refused' ? refusalOf(result.code, {}) : { ok: undefined };
    },
  };
}

function invalid(reason: string, detail: string): Refusal {
  return { problem: 'certificate-invalid', reason, detail };
}
