import { X509Certificate } from 'node:crypto';
import { refuse } from '../bundle-problem.ts';
import { loadPki, OID, type Pki } from './pki.ts';

/** keyUsage bits (RFC 5280 4.2.1.3), as they stand in the first byte. */
export const KEY_USAGE = { digitalSignature: 0x80, nonRepudiation: 0x40, keyCertSign: 0x04 } as const;

/** What chains and signers ask of a certificate. */
export type Certificate = {
  readonly x509: X509Certificate;
  readonly der: Buffer;
  /** Names in a form that compares like OpenSSL: case and repeated blanks do not matter. */
  readonly subject: string;
  readonly issuer: string;
  readonly serial: string;
  readonly version: number;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly keyUsage: number | undefined;
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly netscapeCertType: number | undefined;
  readonly basicConstraints: { readonly ca: boolean; readonly pathLength: number | undefined } | undefined;
  readonly subjectKeyId: string | undefined;
  readonly authorityKeyId: string | undefined;
  readonly hasNameConstraints: boolean;
  readonly hasUnknownCritical: boolean;
};

/** The certificates of PEM texts (each may hold several), as `swupdate -k` reads them. Throws `certificates-unusable` if there is none. */
export async function readCertificatesPem(pems: readonly string[]): Promise<readonly Certificate[]> {
  const pki = await loadPki();
  const certificates: Certificate[] = [];
  for (const pem of pems) {
    for (const found of pem.matchAll(/-----BEGIN (?:X509 )?CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END/g)) {
      certificates.push(readTrusted(pki, Buffer.from(found[1] ?? '', 'base64')));
    }
  }
  if (certificates.length === 0) throw refuse('certificates-unusable');
  return certificates;
}

function readTrusted(pki: Pki, der: Buffer): Certificate {
  try {
    return readCertificate(pki, der);
  } catch (error) {
    throw Object.assign(refuse('certificates-unusable', { detail: String(error) }), { cause: error });
  }
}

/** Parses one certificate in DER. Throws plain errors: what a broken one means is the caller's to say. */
export function readCertificate({ pkijs, asn1js }: Pki, der: Buffer): Certificate {
  const x509 = new X509Certificate(der);
  const parsed = asn1js.fromBER(new Uint8Array(der));
  if (parsed.offset === -1) throw new Error(`certificate: ${parsed.result.error}`);
  const certificate = new pkijs.Certificate({ schema: parsed.result });
  const extensions = new Map((certificate.extensions ?? []).map((extension) => [extension.extnID, extension]));
  const valueOf = (oid: string): unknown => extensions.get(oid)?.parsedValue;
  return {
    x509,
    der,
    subject: canonicalName(certificate.subject),
    issuer: canonicalName(certificate.issuer),
    serial: hex(certificate.serialNumber.valueBlock.valueHexView),
    version: certificate.version + 1,
    notBefore: certificate.notBefore.value,
    notAfter: certificate.notAfter.value,
    keyUsage: firstByte(valueOf(OID.keyUsage)),
    extendedKeyUsage: (valueOf(OID.extendedKeyUsage) as { keyPurposes: string[] } | undefined)?.keyPurposes,
    netscapeCertType: firstByte(
      asn1js.fromBER(extensions.get(OID.netscapeCertType)?.extnValue.valueBlock.valueHexView ?? new Uint8Array())
        .result,
    ),
    basicConstraints: basicConstraintsOf(valueOf(OID.basicConstraints)),
    subjectKeyId: keyIdOf(valueOf(OID.subjectKeyIdentifier)),
    authorityKeyId: keyIdOf(
      (valueOf(OID.authorityKeyIdentifier) as { keyIdentifier?: unknown } | undefined)?.keyIdentifier,
    ),
    hasNameConstraints: extensions.has(OID.nameConstraints),
    hasUnknownCritical: [...extensions.values()].some(
      (extension) => extension.critical && !UNDERSTOOD.has(extension.extnID),
    ),
  };
}

/** Critical extensions that OpenSSL 3.0 handles: those above, subjectAltName, policies and their constraints, CRL points, proxy, RFC 3779, OCSP. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  OID.keyUsage,
  OID.basicConstraints,
  OID.nameConstraints,
  OID.authorityKeyIdentifier,
  OID.extendedKeyUsage,
  OID.netscapeCertType,
  '2.5.29.17',
  '2.5.29.31',
  '2.5.29.32',
  '2.5.29.33',
  '2.5.29.36',
  '2.5.29.54',
  '1.3.6.1.5.5.7.1.7',
  '1.3.6.1.5.5.7.1.8',
  '1.3.6.1.5.5.7.48.1.5',
]);

type BerBlock = { readonly valueBlock?: { readonly valueHexView?: Uint8Array } };

function firstByte(block: unknown): number | undefined {
  const bytes = (block as BerBlock | undefined)?.valueBlock?.valueHexView;
  return bytes === undefined ? undefined : (bytes[0] ?? 0);
}

function keyIdOf(block: unknown): string | undefined {
  const bytes = (block as BerBlock | undefined)?.valueBlock?.valueHexView;
  return bytes === undefined ? undefined : hex(bytes);
}

function basicConstraintsOf(value: unknown): Certificate['basicConstraints'] {
  const parsed = value as { cA?: boolean; pathLenConstraint?: unknown } | undefined;
  if (parsed === undefined) return undefined;
  const { pathLenConstraint } = parsed;
  return { ca: parsed.cA === true, pathLength: typeof pathLenConstraint === 'number' ? pathLenConstraint : undefined };
}

type Name = { readonly typesAndValues: readonly { readonly type: string; readonly value: NameValue }[] };
type NameValue = { readonly valueBlock: { readonly value?: unknown; readonly valueHexView?: Uint8Array } };

/** RFC 5280 7.1, as far as OpenSSL goes: case folded, blanks trimmed and joined. */
export function canonicalName(name: Name): string {
  return JSON.stringify(name.typesAndValues.map(({ type, value }) => [type, canonicalValue(value)]));
}

function canonicalValue({ valueBlock }: NameValue): string {
  if (typeof valueBlock.value !== 'string') return hex(valueBlock.valueHexView ?? new Uint8Array());
  return valueBlock.value.trim().replace(/\s+/g, ' ').toLowerCase();
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
