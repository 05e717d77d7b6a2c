import type { SignerInfo } from 'pkijs';
import { refuse } from '../bundle-problem.ts';
import { LIMITS } from '../limits.ts';
import { canonicalName, type Certificate, hex, readCertificate } from './certificate.ts';
import { loadPki, OID, type Pki } from './pki.ts';

/** One signerInfo of a CMS SignedData (RFC 5652 5.3), reduced to what decides. */
export type CmsSigner = {
  /** The certificate inside the signature that the signer names, if it is there. */
  readonly certificate: Certificate | undefined;
  readonly issuer: string | undefined;
  readonly serial: string | undefined;
  readonly digestOid: string;
  readonly signatureOid: string;
  readonly pss: { readonly digestOid: string; readonly saltBytes: number } | undefined;
  /** DER of the signed attributes as a SET, undefined where the content itself was signed. */
  readonly attributes: Buffer | undefined;
  readonly attributeCounts: ReadonlyMap<string, number>;
  readonly messageDigest: Buffer | undefined;
  readonly signedAt: Date | undefined;
  readonly signature: Buffer;
};

export type CmsSignature = {
  readonly digestOids: readonly string[];
  readonly certificates: readonly Certificate[];
  readonly signers: readonly CmsSigner[];
};

/** Reads a DER (or BER, as OpenSSL does) CMS SignedData; bytes after it are ignored. Throws `signature-malformed`. */
export async function readSignedData(der: Uint8Array): Promise<CmsSignature> {
  const pki = await loadPki();
  try {
    return parse(pki, der);
  } catch (error) {
    throw Object.assign(
      refuse('signature-malformed', { detail: error instanceof Error ? error.message : String(error) }),
      { cause: error },
    );
  }
}

function parse(pki: Pki, der: Uint8Array): CmsSignature {
  const { asn1js, pkijs } = pki;
  const parsed = asn1js.fromBER(new Uint8Array(der));
  if (parsed.offset === -1) throw new Error(parsed.result.error);
  const content = new pkijs.ContentInfo({ schema: parsed.result });
  if (content.contentType !== OID.signedData) throw new Error(`content type ${content.contentType}`);
  const signed = new pkijs.SignedData({ schema: content.content });
  const certificates = certificatesOf(pki, content.content as Asn1Block);
  if (signed.signerInfos.length === 0) throw new Error('no signers');
  if (signed.signerInfos.length > LIMITS.signersInSignature)
    throw new Error(`more than ${LIMITS.signersInSignature} signers`);
  return {
    digestOids: signed.digestAlgorithms.map((algorithm) => algorithm.algorithmId),
    certificates,
    signers: signed.signerInfos.map((info) => readSigner(pki, info, certificates)),
  };
}

/** The certificates as they stand in the message, byte by byte: their fingerprints are shown, and compared with the trusted ones. */
function certificatesOf(pki: Pki, signed: Asn1Block): Certificate[] {
  const all = childrenOf(signed).find(({ idBlock }) => idBlock.tagClass === 3 && idBlock.tagNumber === 0);
  const certificates =
    all === undefined
      ? []
      : childrenOf(all).filter(({ idBlock }) => idBlock.tagClass === 1 && idBlock.tagNumber === 16);
  if (certificates.length > LIMITS.certificatesInSignature)
    throw new Error(`more than ${LIMITS.certificatesInSignature} certificates`);
  return certificates.map((one) => readCertificate(pki, Buffer.from(one.valueBeforeDecodeView)));
}

type Asn1Block = {
  readonly idBlock: { readonly tagClass: number; readonly tagNumber: number };
  readonly valueBlock: { readonly value?: unknown };
  readonly valueBeforeDecodeView: Uint8Array;
};

function childrenOf(block: Asn1Block): readonly Asn1Block[] {
  return Array.isArray(block.valueBlock.value) ? (block.valueBlock.value as Asn1Block[]) : [];
}

function readSigner(pki: Pki, info: SignerInfo, certificates: readonly Certificate[]): CmsSigner {
  const sid: unknown = info.sid;
  const named = sid instanceof pki.pkijs.IssuerAndSerialNumber ? sid : undefined;
  const issuer = named === undefined ? undefined : canonicalName(named.issuer);
  const serial = named === undefined ? undefined : hex(named.serialNumber.valueBlock.valueHexView);
  const keyId = named === undefined ? keyIdOf(sid) : undefined;
  const certificate = certificates.find((one) =>
    keyId === undefined ? one.issuer === issuer && one.serial === serial : one.subjectKeyId === keyId,
  );
  const attributes = info.signedAttrs?.attributes ?? [];
  const first = (oid: string): unknown => attributes.find((one) => one.type === oid)?.values[0];
  const counts = new Map<string, number>();
  for (const one of attributes) counts.set(one.type, (counts.get(one.type) ?? 0) + one.values.length);
  const digest = first(OID.messageDigest);
  const time = first(OID.signingTime);
  return {
    certificate,
    issuer: named?.issuer.typesAndValues.map(({ value }) => String(value.valueBlock.value)).join(', '),
    serial,
    digestOid: info.digestAlgorithm.algorithmId,
    signatureOid: info.signatureAlgorithm.algorithmId,
    pss: pssOf(pki, info),
    attributes: info.signedAttrs === undefined ? undefined : asSet(info.signedAttrs.encodedValue),
    attributeCounts: counts,
    messageDigest: digest instanceof pki.asn1js.OctetString ? Buffer.from(digest.getValue()) : undefined,
    signedAt:
      time instanceof pki.asn1js.UTCTime || time instanceof pki.asn1js.GeneralizedTime ? time.toDate() : undefined,
    signature: Buffer.from(info.signature.getValue()),
  };
}

function keyIdOf(sid: unknown): string | undefined {
  const bytes = (sid as { valueBlock?: { valueHexView?: Uint8Array } }).valueBlock?.valueHexView;
  return bytes === undefined ? undefined : hex(bytes);
}

/** RFC 5652 5.4: what is signed are the attributes under the tag of a SET, not under the implicit [0] of the message. */
function asSet(encoded: ArrayBuffer): Buffer {
  const bytes = Buffer.from(new Uint8Array(encoded));
  bytes[0] = 0x31;
  return bytes;
}

function pssOf({ pkijs }: Pki, info: SignerInfo): CmsSigner['pss'] {
  if (info.signatureAlgorithm.algorithmId !== OID.rsaPss) return undefined;
  const params = new pkijs.RSASSAPSSParams({ schema: info.signatureAlgorithm.algorithmParams });
  return { digestOid: params.hashAlgorithm.algorithmId, saltBytes: params.saltLength };
}
