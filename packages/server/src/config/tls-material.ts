import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TlsMaterial } from '../http/server-factory.ts';
import type { Configuration } from './configuration.ts';
import { ConfigurationError } from './configuration-error.ts';
import { environmentNameOf, SETTINGS, type SettingName } from './settings.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads the certificate, its key and whom devices' certificates must come from, and finds out at the start what every handshake would fail of. */
export async function readTlsMaterial({ tls }: Pick<Configuration, 'tls'>): Promise<TlsMaterial | null> {
  if (tls === null) return null;
  const cert = await read('tls_cert', tls.certFile);
  const key = await read('tls_key', tls.keyFile);
  const certificate = attempt('tls_cert', tls.certFile, () => new X509Certificate(cert));
  const privateKey = attempt('tls_key', tls.keyFile, () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey))
    throw new ConfigurationError([
      `${environmentNameOf('tls_key')} (${tls.keyFile}) is not the key of the certificate`,
    ]);
  return { cert, key, clientAuthorities: await readClientAuthorities(tls.clientCaFile) };
}

/** Whom devices' certificates must come from; throws a ConfigurationError where the file holds no certificates of authorities. */
export async function readClientAuthorities(file: string | null): Promise<TlsMaterial['clientAuthorities']> {
  if (file === null) return [];
  const pem = await read('tls_client_ca', file);
  return attempt('tls_client_ca', file, () => parseAuthorities(pem));
}

/** Throws where there is none, or one of nobody who may sign others. */
function parseAuthorities(pem: Buffer): readonly X509Certificate[] {
  const found = (pem.toString('latin1').match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text));
  if (found.length === 0 || found.some(({ ca }) => !ca)) throw new Error('it holds no certificates of authorities');
  return found;
}

async function read(name: SettingName, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw refusal(name, file, cause);
  }
}

function attempt<T>(name: SettingName, file: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw refusal(name, file, cause);
  }
}

function refusal(name: SettingName, file: string, cause: unknown): ConfigurationError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'malformed';
  return new ConfigurationError(
    [`${environmentNameOf(name)} (${file}, ${code}); expected ${SETTINGS[name].expected}`],
    {
      cause,
    },
  );
}
