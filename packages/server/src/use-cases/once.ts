import { claimIdempotencyKey, forgetIdempotencyKey, settleIdempotencyKey, type Command } from '@updraft/store';
import type { Scope } from '../access/scope.ts';

export const IDEMPOTENCY_KEPT_HOURS = 24;
export const IDEMPOTENCY_KEPT_MS = IDEMPOTENCY_KEPT_HOURS * 3_600_000;

/** One Idempotency-Key with the request that it came with. */
export type Once = {
  readonly key: string;
  /** Keyed digest of the request. */
  readonly requestHash: string;
  /** A secret that the answer shows, sealed under the instance key: stored, so that a repetition shows the same. */
  readonly sealed: string | null;
};

export type OnceInput = { readonly scope: Scope; readonly once: Once | null };

/** Beside the outcome: an earlier run with the same key stored it, with what was sealed then. */
export type Replay = { readonly replayed?: true; readonly sealed?: string | null };
export type KeyReused = { readonly outcome: 'refused'; readonly code: 'idempotency-key-reused' };

/**
 * Makes a creating command take an Idempotency-Key. The outcome is stored in the creation's own transaction: after a
 * crash there is both or neither. Two requests with one key meet at the row's primary key, where the second waits for
 * the first's commit. What was refused changed nothing and is not stored: it is judged anew. So the outcome must hold
 * all that the answer shows, as plain JSON.
 */
export function once<Input extends { readonly scope: Scope }, Output extends { readonly outcome: string }>(
  command: Command<Input, Output>,
): Command<Input & OnceInput, (Output & Replay) | KeyReused> {
  return async (context, input) => {
    if (input.once === null) return command(context, input);
    const owner = {
      tenant: input.scope.tenant,
      actor: `${input.scope.kind} ${input.scope.actor}`,
      key: input.once.key,
    };
    const keptSince = context.now - IDEMPOTENCY_KEPT_MS;
    const earlier = await claimIdempotencyKey(context, owner, { requestHash: input.once.requestHash, keptSince });
    if (earlier !== null) return replay<Output>(earlier, input.once.requestHash);
    const output = await command(context, input);
    if (output.outcome === 'refused') await forgetIdempotencyKey(context, owner);
    else await settleIdempotencyKey(context, owner, JSON.stringify({ output, sealed: input.once.sealed }));
    return output;
  };
}

function replay<Output>(
  earlier: { readonly requestHash: string; readonly response: string },
  requestHash: string,
): (Output & Replay) | KeyReused {
  if (earlier.requestHash !== requestHash) return { outcome: 'refused', code: 'idempotency-key-reused' };
  const { output, sealed } = JSON.parse(earlier.response) as { output: Output; sealed: string | null };
  return { ...output, replayed: true, sealed };
}
