/**
 * What a device believes of an attempt, by its wire id. `seen`: it read the offer. `begun`: a report of it was taken.
 * `told`: its last word was sent and never answered. `finished`, `failed`, `canceled`: that word was answered 200.
 * `gone`: the server answered that it knows the attempt no more.
 */
export const ATTEMPT_BELIEFS = ['seen', 'begun', 'told', 'finished', 'failed', 'canceled', 'gone'] as const;
export type AttemptBelief = (typeof ATTEMPT_BELIEFS)[number];

/** A device's own memory of what happened to it. */
export type DeviceBelief = {
  /** What runs, in truth. */
  version: string;
  /** The version in the attributes that the server took last; null where the last ones were never answered. */
  shownVersion: string | null;
  /** Whether its disk was put back to what it was at first, of which nobody was told. */
  isRestored: boolean;
  readonly attempts: Map<number, AttemptBelief>;
};

export function newBelief(version: string): DeviceBelief {
  return { version, shownVersion: null, isRestored: false, attempts: new Map() };
}

/** An offer is in the device's hands. What it has told of the attempt before stands, unless that was its last word. */
export function noteOffer({ attempts }: DeviceBelief, attempt: number): void {
  if (attempts.get(attempt) !== 'begun') attempts.set(attempt, 'seen');
}

/** The word that a report says, when it is the device's last about an attempt. */
export type LastWord = 'finished' | 'failed' | 'canceled';

/** A report was sent; `status` is that of its answer, 0 where none came. A refusal other than "gone" is tried again. */
export function noteReport(
  { attempts }: DeviceBelief,
  attempt: number,
  { word, status }: { readonly word: LastWord | null; readonly status: number },
): void {
  if (status === 200) attempts.set(attempt, word ?? 'begun');
  else if (status === 404 || status === 410) attempts.set(attempt, 'gone');
  else if (word !== null) attempts.set(attempt, 'told');
}
