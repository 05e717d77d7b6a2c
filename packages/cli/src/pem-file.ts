import { X509Certificate } from 'node:crypto';
import { usageError } from './cli-error.ts';
import { readTextFile } from './local-file.ts';

const MAX_PEM_BYTES = 1_048_576;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The text of a PEM file that holds one certificate or several, each of which can be read. */
export async function readCertificates(file: string): Promise<string> {
  const pem = await readTextFile(file, MAX_PEM_BYTES);
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0)
    throw usageError(
      'certificate-invalid',
      `${file} holds no certificate in PEM; a DER file is converted by "openssl x509 -inform DER -in ${file}".`,
    );
  for (const block of blocks) checkCertificate(block, file);
  return pem;
}

function checkCertificate(block: string, file: string): void {
  try {
    new X509Certificate(block);
  } catch (error) {
    throw usageError('certificate-invalid', `A certificate in ${file} cannot be read.`, error);
  }
}
