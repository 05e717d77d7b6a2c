import { createHash, X509Certificate } from 'node:crypto';

export const MIN_RSA_BITS = 2048;
/** RFC 5280 4.2.1.12: the purpose that SWUpdate asks of a signer. */
const EMAIL_PROTECTION = '1.3.6.1.5.5.7.3.4';

export type CertificateRefusal =
  | 'not-pem'
  | 'several-certificates'
  | 'private-key'
  | 'not-a-certificate'
  | 'certificate-expired'
  | 'purpose-wrong'
  | 'key-unfit';

export type ReadCertificate = {
  readonly subject: string;
  /** sha256 of the DER, hex. */
  readonly fingerprint: string;
  readonly notBefore: number;
  readonly notAfter: number;
  /** One block, as it is stored and shown. */
  readonly pem: string;
};

/**
 * Reads PEM with exactly one certificate that bundles can be judged by: in its time, not meant for another purpose than
 * signing, with a key that SWUpdate takes. An issuer's certificate is as good as a signer's.
 */
export function readCertificate(pem: string, now: number): ReadCertificate | { readonly reason: CertificateRefusal } {
  const labels = [...pem.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map((match) => match[1] ?? '');
  if (labels.some((label) => label.endsWith('PRIVATE KEY'))) return { reason: 'private-key' };
  if (labels.length === 0) return { reason: 'not-pem' };
  if (labels.length > 1) return { reason: 'several-certificates' };
  const certificate = parse(pem);
  if (certificate === null) return { reason: 'not-a-certificate' };
  if (certificate.validToDate.getTime() < now) return { reason: 'certificate-expired' };
  if (!signsMail(certificate)) return { reason: 'purpose-wrong' };
  if (!hasFitKey(certificate)) return { reason: 'key-unfit' };
  return {
    subject: certificate.subject.replaceAll('\n', ', '),
    fingerprint: createHash('sha256').update(certificate.raw).digest('hex'),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    pem: certificate.toString(),
  };
}

function parse(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    // OpenSSL's words for what is no certificate help nobody; the reason is told by its code.
    return null;
  }
}

/** What is not restricted is allowed. Node calls the extended key usages `keyUsage`. */
function signsMail(certificate: X509Certificate): boolean {
  const usages: readonly string[] | undefined = certificate.keyUsage;
  return usages === undefined || usages.includes(EMAIL_PROTECTION);
}

function hasFitKey({ publicKey }: X509Certificate): boolean {
  if (publicKey.asymmetricKeyType === 'ec') return true;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  return publicKey.asymmetricKeyType === 'rsa' && bits >= MIN_RSA_BITS;
}
