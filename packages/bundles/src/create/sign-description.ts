import { createHash, createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { BundleError, problem, refuse } from '../bundle-problem.ts';
import { type Certificate, readCertificatesPem } from '../cms/certificate.ts';
import { checkSignerCertificate } from '../cms/chain.ts';
import { loadPki, OID, type Pki } from '../cms/pki.ts';
import type { Signer } from './bundle-input.ts';

/**
 * A detached CMS SignedData in DER over a description, as `openssl cms -sign -nosmimecap -binary -outform DER` makes it: SHA-256, signed
 * attributes contentType, signingTime and messageDigest, the certificate inside. Refuses a signer whose bundles SWUpdate would refuse.
 */
export async function signDescription(description: Uint8Array, signer: Signer, signedAt: Date): Promise<Buffer> {
  const pki = await loadPki();
  const [certificate] = await readCertificatesPem([signer.certificatePem]);
  const chain = signer.chainPem === undefined ? [] : await readCertificatesPem([signer.chainPem]);
  if (certificate === undefined) throw refuse('certificates-unusable');
  const key = readKey(signer.keyPem, certificate);
  const code = checkSignerCertificate(certificate, signedAt);
  if (code !== null) throw refuse(code, { detail: certificate.x509.subject.replaceAll('\n', ', ') });
  const attributes = signedAttributes(pki, createHash('sha256').update(description).digest(), signedAt);
  const info = signerInfo(pki, { certificate, key, attributes });
  return encode(pki, info, [certificate, ...chain]);
}

function readKey(keyPem: string, certificate: Certificate): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(keyPem);
  } catch (error) {
    throw new BundleError(problem('key-unusable', { detail: whyUnreadable(keyPem, error) }), error);
  }
  if (key.asymmetricKeyType !== 'rsa' && key.asymmetricKeyType !== 'ec')
    throw refuse('key-unusable', { detail: key.asymmetricKeyType ?? '' });
  if (!new X509Certificate(certificate.der).checkPrivateKey(key)) throw refuse('key-not-of-certificate');
  return key;
}

function whyUnreadable(keyPem: string, error: unknown): string {
  if (/ENCRYPTED/.test(keyPem))
    return 'it is encrypted with a passphrase; "openssl pkey -in KEY -out PLAIN" takes that off';
  return error instanceof Error ? error.message : String(error);
}

type Attributes = InstanceType<Pki['pkijs']['SignedAndUnsignedAttributes']>;

/** DER sorts the members of a SET by their encoding; these three have ascending lengths, and so stand in this order. */
function signedAttributes({ pkijs, asn1js }: Pki, digest: Uint8Array, signedAt: Date): Attributes {
  const time =
    signedAt.getUTCFullYear() < 2050
      ? new asn1js.UTCTime({ valueDate: signedAt })
      : new asn1js.GeneralizedTime({ valueDate: signedAt });
  const attribute = (type: string, value: unknown) => new pkijs.Attribute({ type, values: [value] });
  return new pkijs.SignedAndUnsignedAttributes({
    type: 0,
    attributes: [
      attribute(OID.contentType, new asn1js.ObjectIdentifier({ value: OID.data })),
      attribute(OID.signingTime, time),
      attribute(OID.messageDigest, new asn1js.OctetString({ valueHex: digest })),
    ],
  });
}

type Signing = { readonly certificate: Certificate; readonly key: KeyObject; readonly attributes: Attributes };

function signerInfo(
  { pkijs, asn1js }: Pki,
  { certificate, key, attributes }: Signing,
): InstanceType<Pki['pkijs']['SignerInfo']> {
  const parsed = pkijs.Certificate.fromBER(new Uint8Array(certificate.der));
  const signed = Buffer.from(attributes.toSchema().toBER(false));
  // RFC 5652 5.4: the signature covers the attributes as a SET OF, whatever their tag in the message.
  signed[0] = 0x31;
  const signature = sign('sha256', signed, key);
  const isRsa = key.asymmetricKeyType === 'rsa';
  return new pkijs.SignerInfo({
    version: 1,
    sid: new pkijs.IssuerAndSerialNumber({ issuer: parsed.issuer, serialNumber: parsed.serialNumber }),
    digestAlgorithm: new pkijs.AlgorithmIdentifier({ algorithmId: OID.sha256 }),
    signedAttrs: attributes,
    signatureAlgorithm: isRsa
      ? new pkijs.AlgorithmIdentifier({ algorithmId: OID.rsaEncryption, algorithmParams: new asn1js.Null() })
      : new pkijs.AlgorithmIdentifier({ algorithmId: OID.ecdsaWithSha256 }),
    signature: new asn1js.OctetString({ valueHex: signature }),
  });
}

function encode(
  { pkijs }: Pki,
  info: InstanceType<Pki['pkijs']['SignerInfo']>,
  certificates: readonly Certificate[],
): Buffer {
  const signed = new pkijs.SignedData({
    version: 1,
    digestAlgorithms: [new pkijs.AlgorithmIdentifier({ algorithmId: OID.sha256 })],
    encapContentInfo: new pkijs.EncapsulatedContentInfo({ eContentType: OID.data }),
    certificates: certificates.map(({ der }) => pkijs.Certificate.fromBER(new Uint8Array(der))),
    signerInfos: [info],
  });
  const content = new pkijs.ContentInfo({ contentType: OID.signedData, content: signed.toSchema(true) });
  return Buffer.from(content.toSchema().toBER(false));
}
