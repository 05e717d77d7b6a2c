import { createHash, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { refuse } from '../bundle-problem.ts';
import { loadPki, OID, type Pki } from '../cms/pki.ts';

export type SigningKeyAlgorithm = 'ec-p256' | 'rsa-2048' | 'rsa-3072' | 'rsa-4096';

/** `subject` as `CN=release,O=Example` (a text without `=` is the common name); validity from `now` (default: the system's clock) in days. */
export type SigningKeyWish = {
  readonly algorithm: SigningKeyAlgorithm;
  readonly subject: string;
  readonly days: number;
  readonly now?: Date;
};

const MILLISECONDS_PER_DAY = 86_400_000;
const RSA_BITS = { 'rsa-2048': 2048, 'rsa-3072': 3072, 'rsa-4096': 4096 } as const;

/**
 * A new private key (PKCS#8 PEM) and its self-signed certificate (PEM) with keyUsage digitalSignature and extendedKeyUsage emailProtection,
 * which SWUpdate asks for by default. Throws `option-invalid`.
 */
export async function newSigningKey(
  wish: SigningKeyWish,
): Promise<{ readonly keyPem: string; readonly certificatePem: string }> {
  if (!Number.isInteger(wish.days) || wish.days < 1 || wish.days > 36_500)
    throw refuse('option-invalid', { detail: `${wish.days} days` });
  const pki = await loadPki();
  const subject = nameOf(pki, wish.subject);
  const { privateKey, publicKey } = await generate(wish.algorithm);
  const notBefore = wish.now ?? new Date();
  const notAfter = new Date(notBefore.getTime() + wish.days * MILLISECONDS_PER_DAY);
  const der = certify(pki, { privateKey, publicKey, subject, notBefore, notAfter });
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificatePem: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}

type KeyPair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

function generate(algorithm: SigningKeyAlgorithm): Promise<KeyPair> {
  const generateKeys = promisify(generateKeyPair);
  if (algorithm === 'ec-p256') return generateKeys('ec', { namedCurve: 'P-256' });
  const modulusLength = RSA_BITS[algorithm];
  if (modulusLength === undefined) throw refuse('option-invalid', { detail: `algorithm ${String(algorithm)}` });
  return generateKeys('rsa', { modulusLength });
}

type Name = InstanceType<Pki['pkijs']['RelativeDistinguishedNames']>;

const ATTRIBUTES: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  C: '2.5.4.6',
  ST: '2.5.4.8',
  L: '2.5.4.7',
};

/** A sequence of names with one attribute each; pkijs itself would write one name with several. */
function nameOf({ pkijs, asn1js }: Pki, subject: string): Name {
  const parts = subject.includes('=') ? subject.replace(/^\//, '').split(/[,/]/) : [`CN=${subject}`];
  const names = parts.map((part) => {
    const [, key = '', value = ''] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    const type = ATTRIBUTES[key.toUpperCase()];
    if (type === undefined || value === '')
      throw refuse('option-invalid', { detail: `subject ${JSON.stringify(subject)}` });
    const text = key.toUpperCase() === 'C' ? new asn1js.PrintableString({ value }) : new asn1js.Utf8String({ value });
    const attribute = new asn1js.Sequence({ value: [new asn1js.ObjectIdentifier({ value: type }), text] });
    return new asn1js.Set({ value: [attribute] });
  });
  return pkijs.RelativeDistinguishedNames.fromBER(new asn1js.Sequence({ value: names }).toBER(false));
}

type ToCertify = KeyPair & { readonly subject: Name; readonly notBefore: Date; readonly notAfter: Date };

function certify(pki: Pki, { privateKey, publicKey, subject, notBefore, notAfter }: ToCertify): Buffer {
  const { pkijs, asn1js } = pki;
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = signatureAlgorithm(pki, privateKey);
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const certificate = new pkijs.Certificate({
    version: 2,
    serialNumber: new asn1js.Integer({ valueHex: serial }),
    signature: algorithm,
    signatureAlgorithm: algorithm,
    issuer: subject,
    subject,
    notBefore: timeOf(pki, notBefore),
    notAfter: timeOf(pki, notAfter),
    subjectPublicKeyInfo: pkijs.PublicKeyInfo.fromBER(new Uint8Array(spki)),
    extensions: extensionsOf(pki, spki),
  });
  const signed = certificate.encodeTBS();
  certificate.tbsView = new Uint8Array(signed.toBER(false));
  certificate.signatureValue = new asn1js.BitString({ valueHex: sign('sha256', certificate.tbsView, privateKey) });
  return Buffer.from(certificate.toSchema(true).toBER(false));
}

function signatureAlgorithm({ pkijs, asn1js }: Pki, key: KeyObject): InstanceType<Pki['pkijs']['AlgorithmIdentifier']> {
  if (key.asymmetricKeyType === 'ec') return new pkijs.AlgorithmIdentifier({ algorithmId: OID.ecdsaWithSha256 });
  return new pkijs.AlgorithmIdentifier({ algorithmId: OID.rsaWithSha256, algorithmParams: new asn1js.Null() });
}

/** RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050 on. */
function timeOf({ pkijs }: Pki, date: Date): InstanceType<Pki['pkijs']['Time']> {
  return new pkijs.Time({ type: date.getUTCFullYear() < 2050 ? 0 : 1, value: date });
}

function extensionsOf({ pkijs, asn1js }: Pki, spki: Buffer): InstanceType<Pki['pkijs']['Extension']>[] {
  const keyId = createHash('sha1').update(spki).digest();
  const extension = (extnID: string, critical: boolean, value: { toBER(sizeOnly?: boolean): ArrayBuffer }) =>
    new pkijs.Extension({ extnID, critical, extnValue: value.toBER(false) });
  const digitalSignature = new asn1js.BitString({ valueHex: Uint8Array.of(0x80), unusedBits: 7 });
  return [
    extension(OID.basicConstraints, true, new pkijs.BasicConstraints({ cA: false }).toSchema()),
    extension(OID.keyUsage, true, digitalSignature),
    extension(OID.extendedKeyUsage, false, new pkijs.ExtKeyUsage({ keyPurposes: [OID.emailProtection] }).toSchema()),
    extension(OID.subjectKeyIdentifier, false, new asn1js.OctetString({ valueHex: keyId })),
  ];
}
