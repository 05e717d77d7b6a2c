import type { Store } from '@updraft/store';
import type { Sealer } from '../access/sealer.ts';
import { newToken, tokenHash } from '../access/secret-tokens.ts';
import type { Commands } from '../use-cases/commands.ts';
import type { Once, Replay } from '../use-cases/once.ts';

/** What the handlers of management ask for. */
export type HandlerParts = {
  readonly store: Store<Commands>;
  readonly sealer: Sealer;
  /** Epoch ms. */
  readonly now: () => number;
};

/** What `not-permitted` says where a policy is an emergency. */
export const NO_EMERGENCY = {
  'not-permitted':
    'An emergency ignores windows and blackouts, which needs the right "emergency"; let somebody do it who has it.',
} as const;

/** A secret that a creation shows once: its hash goes to the command, and it itself sealed, if the request may be repeated. */
export type ShownSecret = { readonly secret: string; readonly hash: string; readonly once: Once | null };

export function newShownSecret(sealer: Sealer, once: Once | null, given?: string): ShownSecret {
  const secret = given ?? newToken();
  return { secret, hash: tokenHash(secret), once: once === null ? null : { ...once, sealed: sealer.seal(secret) } };
}

/** The secret to show: that of the first request where this one repeats it. */
export function secretToShow(sealer: Sealer, shown: ShownSecret, outcome: Replay): string {
  return outcome.replayed && typeof outcome.sealed === 'string' ? sealer.unseal(outcome.sealed) : shown.secret;
}
