import type { BundleProblemCode } from '../bundle-problem.ts';
import { LIMITS } from '../limits.ts';
import { type Certificate, KEY_USAGE } from './certificate.ts';
import { OID } from './pki.ts';

/** Why a certificate is not trusted, or null. */
export type ChainVerdict = { readonly code: BundleProblemCode; readonly detail: string } | null;

/**
 * X509_verify_cert of OpenSSL 3.0 as Debian's SWUpdate calls it: purpose "smime_sign", no CRLs, no partial chains (the chain must end in a
 * self-signed certificate that is among the trusted), and only trusted certificates between. `embedded` are those inside the signature: they
 * never help, but tell an unknown signer from one whose intermediate is not trusted.
 */
export function verifyChain(
  signer: Certificate,
  {
    trusted,
    embedded,
    now,
  }: { readonly trusted: readonly Certificate[]; readonly embedded: readonly Certificate[]; readonly now: Date },
): ChainVerdict {
  const chain = buildChain(signer, { trusted, between: trusted, now });
  if (chain === undefined) {
    const helped = buildChain(signer, { trusted, between: [...trusted, ...embedded], now });
    return { code: helped === undefined ? 'signer-unknown' : 'intermediate-not-trusted', detail: subjectOf(signer) };
  }
  for (const [index, certificate] of chain.entries()) {
    const issuer = chain[index + 1];
    const code = checkTime(certificate, now) ?? checkPlace(chain, index) ?? checkPurpose(certificate, index > 0);
    if (code !== null) return { code, detail: subjectOf(certificate) };
    if (issuer !== undefined && !certificate.x509.verify(issuer.x509.publicKey)) {
      return { code: 'certificate-refused', detail: subjectOf(certificate) };
    }
  }
  return null;
}

/** What SWUpdate would refuse about a signer whoever issued it: its validity and its purpose. */
export function checkSignerCertificate(certificate: Certificate, now: Date): BundleProblemCode | null {
  return checkTime(certificate, now) ?? checkPurpose(certificate, false);
}

type Pool = { readonly trusted: readonly Certificate[]; readonly between: readonly Certificate[]; readonly now: Date };

/** From the signer up to a trusted self-signed certificate; undefined where there is no such way. */
function buildChain(signer: Certificate, pool: Pool): readonly Certificate[] | undefined {
  const chain = [signer];
  while (chain.length <= LIMITS.chainCertificates) {
    const top = chain.at(-1) ?? signer;
    if (isSelfSigned(top)) return pool.trusted.some((one) => one.der.equals(top.der)) ? chain : undefined;
    const candidates = pool.between.filter((one) => one.subject === top.issuer && top.x509.checkIssued(one.x509));
    const issuer = candidates.find((one) => checkTime(one, pool.now) === null) ?? candidates[0];
    if (issuer === undefined) return undefined;
    chain.push(issuer);
  }
  return undefined;
}

function isSelfSigned(certificate: Certificate): boolean {
  const { authorityKeyId, subjectKeyId } = certificate;
  const isOwnKey = authorityKeyId === undefined || subjectKeyId === undefined || authorityKeyId === subjectKeyId;
  return certificate.subject === certificate.issuer && isOwnKey;
}

function checkTime(certificate: Certificate, now: Date): BundleProblemCode | null {
  if (certificate.notBefore > now) return 'certificate-not-yet-valid';
  return certificate.notAfter < now ? 'certificate-expired' : null;
}

/** Extensions, CA flags and path lengths. A signer may itself be a CA or not; a root may be of the old kinds without basicConstraints. */
function checkPlace(chain: readonly Certificate[], index: number): BundleProblemCode | null {
  const certificate = chain[index];
  if (certificate === undefined || certificate.hasUnknownCritical) return 'certificate-refused';
  if (index === 0) return null;
  if (certificate.hasNameConstraints) return 'name-constraints';
  const isRoot = index === chain.length - 1;
  if (!(certificate.basicConstraints?.ca ?? (isRoot && isOldRoot(certificate)))) return 'certificate-refused';
  const below = chain.slice(1, index).filter((one) => one.subject !== one.issuer).length;
  const { pathLength } = certificate.basicConstraints ?? {};
  return pathLength !== undefined && below > pathLength ? 'certificate-refused' : null;
}

function isOldRoot(certificate: Certificate): boolean {
  return certificate.version === 1 || certificate.keyUsage !== undefined;
}

const NETSCAPE = { smime: 0x20, sslClient: 0x80, smimeCa: 0x02 } as const;

/** OpenSSL's purpose "smime_sign": what is not restricted is allowed. */
function checkPurpose(certificate: Certificate, isCa: boolean): BundleProblemCode | null {
  const { extendedKeyUsage, keyUsage, netscapeCertType } = certificate;
  const isForMail = extendedKeyUsage === undefined || extendedKeyUsage.includes(OID.emailProtection);
  const wanted = isCa ? KEY_USAGE.keyCertSign : KEY_USAGE.digitalSignature | KEY_USAGE.nonRepudiation;
  const maySign = keyUsage === undefined || (keyUsage & wanted) !== 0;
  const types = isCa ? NETSCAPE.smimeCa : NETSCAPE.smime | NETSCAPE.sslClient;
  const isNetscapeType =
    netscapeCertType === undefined ||
    (isCa && certificate.basicConstraints !== undefined) ||
    (netscapeCertType & types) !== 0;
  return isForMail && maySign && isNetscapeType ? null : 'purpose-wrong';
}

function subjectOf(certificate: Certificate): string {
  return certificate.x509.subject.replaceAll('\n', ', ');
}
