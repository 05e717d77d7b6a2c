import type * as asn1js from 'asn1js';
import type * as pkijs from 'pkijs';

/** pkijs and asn1js take some 10 MiB: they are loaded when the first signature is read or made. */
export type Pki = { readonly pkijs: typeof pkijs; readonly asn1js: typeof asn1js };

export async function loadPki(): Promise<Pki> {
  const [loadedPkijs, loadedAsn1js] = await Promise.all([import('pkijs'), import('asn1js')]);
  return { pkijs: loadedPkijs, asn1js: loadedAsn1js };
}

/** The object identifiers that a bundle's signature and certificates use. */
export const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  rsaEncryption: '1.2.840.113549.1.1.1',
  rsaPss: '1.2.840.113549.1.1.10',
  rsaWithSha256: '1.2.840.113549.1.1.11',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  sha256: '2.16.840.1.101.3.4.2.1',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  netscapeCertType: '2.16.840.1.113730.1.1',
  emailProtection: '1.3.6.1.5.5.7.3.4',
} as const;

/** Digests that OpenSSL 3.0 finds for CMS, as node:crypto names them. */
export const DIGESTS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.5': 'md5',
  '1.3.14.3.2.26': 'sha1',
  '1.3.36.3.2.1': 'ripemd160',
  '1.2.156.10197.1.401': 'sm3',
  '1.3.6.1.4.1.1722.12.2.1.16': 'blake2b512',
  '1.3.6.1.4.1.1722.12.2.2.8': 'blake2s256',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.5': 'sha512-224',
  '2.16.840.1.101.3.4.2.6': 'sha512-256',
  '2.16.840.1.101.3.4.2.7': 'sha3-224',
  '2.16.840.1.101.3.4.2.8': 'sha3-256',
  '2.16.840.1.101.3.4.2.9': 'sha3-384',
  '2.16.840.1.101.3.4.2.10': 'sha3-512',
};

/** RSA signature algorithms besides rsaEncryption; SWUpdate takes the digest from the signer, not from here. */
export const RSA_SIGNATURES: ReadonlySet<string> = new Set([
  OID.rsaEncryption,
  '1.2.840.113549.1.1.4',
  '1.2.840.113549.1.1.5',
  OID.rsaWithSha256,
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.113549.1.1.14',
]);
