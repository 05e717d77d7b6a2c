import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const TOKEN_BYTES = 32;

/** 256 random bits as base64url: 43 characters that stand in any header, address and configuration file. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** What is stored of a token: nothing that could be shown or guessed back. */
export function tokenHash(token: string): string {
  return hash('sha256', token, 'hex');
}

/** In constant time. */
export function isTokenOf(token: string, storedHash: string): boolean {
  const given = hash('sha256', token, 'buffer');
  const stored = Buffer.from(storedHash, 'hex');
  return given.length === stored.length && timingSafeEqual(given, stored);
}
