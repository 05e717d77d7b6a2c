import { constants, createHash, verify } from 'node:crypto';
import { BundleError, type BundleProblem, problem, refuse } from '../bundle-problem.ts';
import type { Certificate } from './certificate.ts';
import { verifyChain } from './chain.ts';
import { DIGESTS, OID, RSA_SIGNATURES } from './pki.ts';
import { type CmsSignature, type CmsSigner, readSignedData } from './signed-data.ts';

/**
 * Decides like Debian's SWUpdate: CMS_verify(CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) demands that *every* signer's certificate is inside and
 * every signature is right; then *one* signer with a trusted chain is enough (CMS_SKIP_UNKNOWN_SIGNERS). Null means good.
 */
export async function verifySignature(
  { description, signature }: { readonly description: Uint8Array; readonly signature: Uint8Array },
  { trusted, now }: { readonly trusted: readonly Certificate[]; readonly now: Date },
): Promise<BundleProblem | null> {
  const cms = await readSignedData(signature);
  for (const signer of cms.signers)
    if (signer.certificate === undefined) return problem('signer-certificate-missing', { detail: signer.issuer ?? '' });
  for (const oid of cms.digestOids)
    if (DIGESTS[oid] === undefined) return problem('signature-algorithm', { detail: oid });
  for (const signer of cms.signers) checkSigner(cms, signer, description);
  const verdicts = cms.signers.map((signer) =>
    signer.certificate === undefined
      ? null
      : verifyChain(signer.certificate, { trusted, embedded: cms.certificates, now }),
  );
  // A signer that is known but refused says more than one that is unknown.
  const worst =
    verdicts.find((verdict) => verdict !== null && verdict.code !== 'signer-unknown') ?? verdicts[0] ?? null;
  return verdicts.includes(null) || worst === null ? null : problem(worst.code, { detail: worst.detail });
}

function checkSigner(cms: CmsSignature, signer: CmsSigner, description: Uint8Array): void {
  const digest = digestOf(signer);
  if (!cms.digestOids.includes(signer.digestOid))
    throw refuse('signature-malformed', { detail: 'digest algorithm is not announced' });
  if (signer.attributes === undefined) {
    if (!isSignedBy(signer, digest, description)) throw refuse('signature-wrong');
    return;
  }
  for (const oid of [OID.contentType, OID.messageDigest]) {
    if (signer.attributeCounts.get(oid) !== 1)
      throw refuse('signature-malformed', { detail: `signed attribute ${oid}` });
  }
  if ((signer.attributeCounts.get(OID.signingTime) ?? 1) !== 1)
    throw refuse('signature-malformed', { detail: 'signing time' });
  if (!isSignedBy(signer, digest, signer.attributes)) throw refuse('signature-wrong');
  if (signer.messageDigest === undefined) throw refuse('signature-malformed', { detail: 'message digest' });
  if (!signer.messageDigest.equals(createHash(digest).update(description).digest()))
    throw refuse('description-altered');
}

function digestOf(signer: CmsSigner): string {
  const digest = DIGESTS[signer.digestOid];
  if (digest === undefined) throw refuse('signature-algorithm', { detail: signer.digestOid });
  return digest;
}

/** node:crypto throws for keys that it cannot use at all (RSA below 512 bits, broken points): no signature is right under them. */
function isSignedBy(signer: CmsSigner, digest: string, bytes: Uint8Array): boolean {
  try {
    return isSigned(signer, digest, bytes);
  } catch (error) {
    if (error instanceof BundleError) throw error;
    throw new BundleError(
      problem('signature-wrong', { detail: error instanceof Error ? error.message : String(error) }),
      error,
    );
  }
}

function isSigned(signer: CmsSigner, digest: string, bytes: Uint8Array): boolean {
  const key = signer.certificate?.x509.publicKey;
  if (key === undefined) throw refuse('signer-certificate-missing');
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (signer.pss !== undefined) return isSignedWithPss(signer, digest, bytes);
      if (!RSA_SIGNATURES.has(signer.signatureOid))
        throw refuse('signature-algorithm', { detail: signer.signatureOid });
      return verify(digest, bytes, { key, padding: constants.RSA_PKCS1_PADDING }, signer.signature);
    case 'ec':
    case 'dsa':
      return verify(digest, bytes, { key, dsaEncoding: 'der' }, signer.signature);
    default:
      throw refuse('signature-algorithm', { detail: key.asymmetricKeyType ?? 'unknown key' });
  }
}

function isSignedWithPss(signer: CmsSigner, digest: string, bytes: Uint8Array): boolean {
  const key = signer.certificate?.x509.publicKey;
  if (key === undefined || signer.pss?.digestOid !== signer.digestOid)
    throw refuse('signature-algorithm', { detail: 'PSS digest' });
  const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: signer.pss.saltBytes };
  return verify(digest, bytes, options, signer.signature);
}
