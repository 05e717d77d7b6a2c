import { createHash, randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openssl } from './real-programs.ts';

/** Keys and certificates made with openssl in a test's own folder, and signatures made with them. */
export type Issued = { readonly name: string; readonly cert: string; readonly key: string };

export type CertificateWish = {
  readonly name: string;
  readonly algorithm?: string;
  readonly extensions?: readonly string[];
  readonly issuer?: Issued;
  /** openssl's YYYYMMDDHHMMSSZ. */
  readonly from?: string;
  readonly to?: string;
};

export const MAIL = 'extendedKeyUsage=emailProtection';
export const SIGNS = 'keyUsage=digitalSignature';
export const CA = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];

/** One certificate: self-signed unless an issuer is given. Files are NAME.key.pem and NAME.cert.pem. */
export async function issue(folder: string, wish: CertificateWish): Promise<Issued> {
  const { name, algorithm = 'ec', issuer } = wish;
  const key = join(folder, `${name}.key.pem`);
  const cert = join(folder, `${name}.cert.pem`);
  const kind =
    algorithm === 'ec'
      ? ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256']
      : ['RSA', '-pkeyopt', `rsa_keygen_bits:${algorithm}`];
  await openssl(folder, ['genpkey', '-algorithm', ...kind, '-out', key]);
  await openssl(folder, ['req', '-new', '-key', key, '-subj', `/O=Test/CN=${name}`, '-out', `${name}.csr`]);
  const lines = ['[ext]', 'subjectKeyIdentifier=hash', ...(wish.extensions ?? [MAIL, SIGNS])];
  await writeFile(join(folder, `${name}.cnf`), `${caConfig(folder, name)}\n${lines.join('\n')}\n`);
  await writeFile(join(folder, `${name}.idx`), '');
  const by = issuer === undefined ? ['-selfsign', '-keyfile', key] : ['-cert', issuer.cert, '-keyfile', issuer.key];
  const dates = ['-startdate', wish.from ?? '20200101000000Z', '-enddate', wish.to ?? '20991231000000Z'];
  await openssl(folder, [
    'ca',
    '-batch',
    '-notext',
    '-config',
    `${name}.cnf`,
    '-in',
    `${name}.csr`,
    '-out',
    cert,
    ...by,
    ...dates,
  ]);
  return { name, cert, key };
}

function caConfig(folder: string, name: string): string {
  const ca = [
    `database=${folder}/${name}.idx`,
    `new_certs_dir=${folder}`,
    'rand_serial=yes',
    'policy=any',
    'default_md=sha256',
  ];
  const more = ['x509_extensions=ext', 'unique_subject=no', 'email_in_dn=no'];
  return [
    '[ca]',
    'default_ca=main',
    '[main]',
    ...ca,
    ...more,
    '[any]',
    'organizationName=optional',
    'commonName=optional',
  ].join('\n');
}

/** `openssl cms -sign` over a description; extra arguments as -nocerts or -certfile FILE. */
export async function signWithOpenssl(
  folder: string,
  description: string,
  signers: readonly Issued[],
  extra: readonly string[] = [],
): Promise<Buffer> {
  const base = `signed-${randomUUID()}`;
  await writeFile(join(folder, base), description);
  const by = signers.flatMap(({ cert, key }) => ['-signer', cert, '-inkey', key]);
  await openssl(folder, [
    'cms',
    '-sign',
    '-in',
    base,
    '-out',
    `${base}.sig`,
    ...by,
    '-outform',
    'DER',
    '-nosmimecap',
    '-binary',
    ...extra,
  ]);
  return readFile(join(folder, `${base}.sig`));
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
