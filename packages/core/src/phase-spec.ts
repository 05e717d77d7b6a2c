/** How many of a rollout's devices a phase takes: of all of them, by number, those that a filter names among them, or what is left. */
export type PhaseSize =
  | { readonly by: 'percent'; readonly percent: number }
  | { readonly by: 'count'; readonly count: number }
  | { readonly by: 'filter'; readonly filter: string }
  | { readonly by: 'rest' };

/** One phase as it was planned (6-data 14, 15, 19). */
export type PhaseSpec = {
  readonly name: string;
  readonly size: PhaseSize;
  /** Reached at ≥ this share of members less superseded and canceled; 0: at once. */
  readonly successPercent: number;
  /** Crossed when more than `percent` of all members have erred, and at least `minimum` of them; null: never. */
  readonly error: { readonly percent: number; readonly minimum: number } | null;
  /** How long the next phase waits after the success threshold was reached. */
  readonly soakSeconds: number;
  readonly next: 'automatic' | 'hand';
  /** Of the last phase of a rollout that late-comers join: null, or left out: it takes all of them. */
  readonly growth?: PhaseGrowth | null;
  /** Whether the users of its devices are asked; null, or left out: as the rollout's policy says. */
  readonly asksConsent?: boolean | null;
  /** How another API wrote it, to be shown there again. */
  readonly written?: { readonly description: string; readonly filter: string; readonly percent: number } | null;
};

/** When `count` devices are in the phase, those who come later join another one behind it, named `group-N` and `nameSuffix`. */
export type PhaseGrowth = { readonly count: number; readonly nameSuffix: string };

export const MAX_PHASES = 100;
/** A rollout whose phases grow has no more than these: the last takes all. */
export const MAX_GROWN_PHASES = 500;
export const MAX_SOAK_SECONDS = 90 * 86_400;

export const ONE_PHASE: PhaseSpec = {
  name: '',
  size: { by: 'rest' },
  successPercent: 100,
  error: null,
  soakSeconds: 0,
  next: 'automatic',
};
