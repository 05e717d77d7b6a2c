import { createHash } from 'node:crypto';
import type { Scope } from '../access/scope.ts';
import type { Once } from '../use-cases/once.ts';
import type { Refusal } from './problems.ts';

export const IDEMPOTENCY_KEY_MAX_CHARACTERS = 255;
export const REPLAYED_HEADER = 'idempotency-replayed';

type KeyedRequest = { readonly method: string; readonly path: string; readonly body: unknown };
/** Digest of a request. Keyed where a body may hold a password, which a plain digest would let one guess. */
export type Fingerprint = (text: string) => string;
const plainFingerprint: Fingerprint = (text) => createHash('sha256').update(text, 'utf8').digest('hex');

/**
 * Reads Idempotency-Key; null where there is none. What counts as the same request is its method, its path with the
 * query, and its body, whatever the white space in it. A body of bytes counts by its sha256.
 */
export function parseIdempotencyKey(
  header: string | string[] | undefined,
  request: KeyedRequest,
  fingerprint = plainFingerprint,
): Once | null | Refusal {
  if (header === undefined) return null;
  if (typeof header !== 'string' || header.length > IDEMPOTENCY_KEY_MAX_CHARACTERS || !/^[\x21-\x7e]+$/.test(header)) {
    return {
      problem: 'header-invalid',
      detail: `Idempotency-Key must be one word of 1 to ${IDEMPOTENCY_KEY_MAX_CHARACTERS} visible ASCII characters.`,
    };
  }
  return {
    key: header,
    requestHash: fingerprint(JSON.stringify([request.method, request.path, request.body ?? null])),
    sealed: null,
  };
}

/** The keys whose requests run in this process. Between processes the database serialises them (use-cases/once.ts). */
export type RunningKeys = { readonly enter: (scope: Scope, key: string) => (() => void) | null };

export function createRunningKeys(): RunningKeys {
  const running = new Set<string>();
  return {
    enter: (scope, key) => {
      const name = JSON.stringify([scope.tenant, scope.kind, scope.actor, key]);
      if (running.has(name)) return null;
      running.add(name);
      return () => void running.delete(name);
    },
  };
}

export const KEY_RUNNING: Refusal = {
  problem: 'idempotency-in-progress',
  detail: 'The first request with this Idempotency-Key is still running; ask again in a moment.',
};
