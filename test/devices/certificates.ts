import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mustRun } from '../programs/run-program.ts';

/** All are PEM files. One end trusts `caFile`; the other shows `certificateFile`. */
export type ServerCertificate = { readonly caFile: string; readonly certificateFile: string; readonly keyFile: string };
/** PEM files of a signer whose certificate signs itself, as devices are given it in `public-key-file`. */
export type SigningKey = { readonly certificateFile: string; readonly keyFile: string };
export type SigningKeyKind = keyof typeof NEW_KEY;
/** `file` is SWUpdate's form, "<key> <iv>" on one line; hex of 32 and 16 bytes. */
export type AesKey = { readonly file: string; readonly keyHex: string; readonly ivHex: string };

const NEW_KEY = {
  'ec-p256': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  'rsa-2048': ['-newkey', 'rsa:2048'],
  'rsa-4096': ['-newkey', 'rsa:4096'],
} as const;
const VALID_DAYS = '30';

/** Makes a CA and, signed by it, a server certificate (EC P-256) for this host as itself, and as guests of QEMU reach it. */
export async function makeServerCertificate(folder: string): Promise<ServerCertificate> {
  const ca = await makeAuthority(folder, 'test-ca');
  const certificateFile = path.join(folder, 'server.cert.pem');
  const keyFile = path.join(folder, 'server.key.pem');
  const issuer = ['-CA', ca.certificateFile, '-CAkey', ca.keyFile];
  const names = [
    '-addext',
    'subjectAltName=IP:127.0.0.1,IP:10.0.2.2,IP:::1,DNS:localhost',
    '-addext',
    'extendedKeyUsage=serverAuth',
  ];
  const subject = ['-subj', '/CN=localhost', '-keyout', keyFile];
  await request(certificateFile, [...issuer, ...NEW_KEY['ec-p256'], ...subject, ...names]);
  return { caFile: ca.certificateFile, certificateFile, keyFile };
}

/** Makes an authority (EC P-256) that nobody is above. */
export function makeAuthority(folder: string, name: string): Promise<SigningKey> {
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
  return selfSigned(folder, { name, kind: 'ec-p256', extensions });
}

/** Has an authority sign the certificate of a client, or of an authority below it. */
export async function issueCertificate(
  folder: string,
  { certificateFile: caFile, keyFile: caKeyFile }: SigningKey,
  { name, extension = 'extendedKeyUsage=clientAuth' }: { readonly name: string; readonly extension?: string },
): Promise<ServerCertificate> {
  const certificateFile = path.join(folder, `${name}.client.cert.pem`);
  const keyFile = path.join(folder, `${name}.client.key.pem`);
  const issuer = ['-CA', caFile, '-CAkey', caKeyFile];
  const subject = ['-subj', `/CN=${name}`, '-keyout', keyFile, '-addext', extension];
  await request(certificateFile, [...issuer, ...NEW_KEY['ec-p256'], ...subject]);
  return { caFile, certificateFile, keyFile };
}

/** Makes a signer of bundles. Debian's SWUpdate wants the purpose emailProtection; another purpose is for tests of refusal. */
export async function makeSigningKey(
  folder: string,
  options: { readonly name?: string; readonly kind?: SigningKeyKind; readonly purpose?: string } = {},
): Promise<SigningKey> {
  const { name = 'signer', kind = 'ec-p256', purpose = 'emailProtection' } = options;
  const extensions = [`extendedKeyUsage=${purpose}`, 'keyUsage=digitalSignature'];
  return selfSigned(folder, { name, kind, extensions });
}

/** Makes the key with which members of a bundle are encrypted (AES-256-CBC). */
export async function makeAesKey(folder: string, name = 'aes'): Promise<AesKey> {
  const keyHex = randomBytes(32).toString('hex');
  const ivHex = randomBytes(16).toString('hex');
  const file = path.join(folder, `${name}.key`);
  await writeFile(file, `${keyHex} ${ivHex}\n`, { mode: 0o600 });
  return { file, keyHex, ivHex };
}

async function selfSigned(
  folder: string,
  what: { readonly name: string; readonly kind: SigningKeyKind; readonly extensions: readonly string[] },
): Promise<SigningKey> {
  const certificateFile = path.join(folder, `${what.name}.cert.pem`);
  const keyFile = path.join(folder, `${what.name}.key.pem`);
  const subject = ['-subj', `/O=Updraft tests/CN=${what.name}`, '-keyout', keyFile];
  const extensions = what.extensions.flatMap((extension) => ['-addext', extension]);
  await request(certificateFile, [...NEW_KEY[what.kind], ...subject, ...extensions]);
  return { certificateFile, keyFile };
}

/** Debian's own openssl.cnf adds extensions that would stand twice beside ours, hence an empty configuration. */
async function request(certificateFile: string, args: readonly string[]): Promise<void> {
  const configFile = `${certificateFile}.cnf`;
  await writeFile(configFile, '[req]\ndistinguished_name = subject\n[subject]\n');
  const outcome = ['-out', certificateFile, '-days', VALID_DAYS, '-nodes'];
  await mustRun('openssl', ['req', '-x509', '-config', configFile, ...outcome, ...args]);
}
