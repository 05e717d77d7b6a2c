import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Keeps short secrets in the database, readable by servers with the same instance key only. */
export interface Sealer {
  readonly seal: (text: string) => string;
  /** Throws where another key sealed it or somebody changed it. */
  readonly unseal: (sealed: string) => string;
  /** The same for the same text, and no help to who guesses at it without the key. */
  readonly fingerprint: (text: string) => string;
}

/** AES-256-GCM with a random nonce, and HMAC-SHA256, each under a key derived for it (HKDF, RFC 5869). */
export function createSealer(instanceKey: Buffer): Sealer {
  const key = deriveKey(instanceKey, 'updraft sealed secrets 1');
  const fingerprintKey = deriveKey(instanceKey, 'updraft fingerprints 1');
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
        'base64',
      );
    },
    unseal(sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
      return Buffer.concat(text).toString('utf8');
    },
    fingerprint: (text) => createHmac('sha256', fingerprintKey).update(text, 'utf8').digest('hex'),
  };
}

function deriveKey(instanceKey: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', instanceKey, '', purpose, 32));
}
