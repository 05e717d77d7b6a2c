import type { PhaseState, RolloutReason, RolloutState } from '@updraft/core';
import type { Generated } from 'kysely';

/** What brings a release to many devices, and what is counted of that. */
export type RolloutSchema = {
  readonly saved_filter: SavedFilterTable;
  readonly rollout: RolloutTable;
  readonly rollout_revision: RolloutRevisionTable;
  readonly phase: PhaseTable;
  readonly pace: PaceTable;
  readonly counter: CounterTable;
  readonly counter_delta: CounterDeltaTable;
};

type Flag = 0 | 1;
type Instant = number;

/** A filter with a name. With a release it keeps assigning that to what comes to match, through `auto_rollout`. */
type SavedFilterTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  name_fold: string;
  description: string;
  query: string;
  /** The query as it was written, where that was under another API's names; empty: it was not. */
  query_given: Generated<string>;
  auto_release: number | null;
  auto_weight: number | null;
  /** JSON, as a rollout's. */
  auto_policy: string | null;
  /** The rollout of kind `auto` that carries the rule as it stands. */
  auto_rollout: number | null;
  created_at: Instant;
  created_by: string;
  /** 0: not since it was made. */
  changed_at: Generated<Instant>;
  changed_by: Generated<string>;
  revision: Generated<number>;
};

type RolloutTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  kind: 'rollout' | 'direct' | 'auto' | 'return';
  name: string;
  name_fold: string;
  description: string;
  release: number;
  filter: string;
  /** The filter as it was written, where that was under another API's names; empty: it was not. */
  filter_given: Generated<string>;
  state: RolloutState;
  /** Why it is paused or stopped. */
  reason: RolloutReason | null;
  weight: number;
  /** JSON: core's policy. */
  policy: string;
  /** 1: that policy asks for consent. Written with it: see `policyColumns`. */
  asks_consent: Generated<Flag>;
  /** The greatest device id that the slices under way have passed; null: none are. */
  cursor: number | null;
  /** The tenant's greatest device id when it was made: younger devices are late-comers. */
  last_device: Generated<number>;
  /** Devices that its filter named when it was made, as far as they are counted; exact once `is_counted`. */
  counted: Generated<number>;
  is_counted: Generated<Flag>;
  /** JSON array: the time zones of its devices when it was made; null: not asked for. */
  zones: string | null;
  /**
   * The pace was given while it ran without one: the greatest device id up to which devices at work have their places; null:
   * all have.
   */
  pace_cursor: number | null;
  /** So many assignments a device may have: who has as many is left out; null: any number. */
  assignments_max: number | null;
  /** So much of that goes, the oldest that have ended first, where a device has as many; 0: none does. */
  room_percent: Generated<number>;
  /** Devices that were left out for that when it was made. */
  left_out: Generated<number>;
  /** Members made. */
  planned: number;
  next_at: Instant | null;
  /** The rollout that it was made from, and what for. */
  parent: number | null;
  relation: 'retry' | 'return' | 'clone' | null;
  /** Of a return: what its members ran before they took the parent's release. */
  previous_release: number | null;
  /** Whether those that took its release go back: asked for by a crossed threshold, made, or found to be impossible. */
  returns: 'wanted' | 'made' | 'impossible' | null;
  /** When it is next looked for devices that have come to match; null: nobody joins. */
  join_at: Instant | null;
  /** The greatest device id already looked at by the look that is under way; null: none is. */
  join_cursor: number | null;
  /** When the last look over all devices began. */
  join_looked_at: Instant | null;
  /** Another look is to follow the one under way, which may have passed what has changed since. */
  join_again: Generated<Flag>;
  created_at: Instant;
  created_by: string;
  /** The user behind `created_by`: himself, or the maker of the token that acted. */
  maker: string;
  /** 0: nobody has changed what it is called since it was made. */
  changed_at: Generated<Instant>;
  changed_by: Generated<string>;
  approved_at: Instant | null;
  /** Who approved or denied it. */
  approved_by: string | null;
  /** What that person said about it. */
  approval_note: Generated<string>;
  /** Somebody deleted it: it ends, and lists show it only to who asks for deleted ones, or not at all; null: it stands. */
  deleted: 'hidden' | 'shown' | null;
  started_at: Instant | null;
  ended_at: Instant | null;
  revision: Generated<number>;
};

/** Primary key (rollout, revision): what an operator changed, under the revision that it made. */
type RolloutRevisionTable = {
  rollout: number;
  revision: number;
  at: Instant;
  actor: string;
  /** The user behind the actor. */
  maker: string;
  /** The state that an act brought the rollout to; null: it stayed in its own. */
  moved_to: RolloutState | null;
  /** JSON object: by field, `{ before, after }`. */
  change: string;
};

/** Primary key (rollout, number). */
type PhaseTable = {
  rollout: number;
  number: number;
  state: PhaseState;
  /** Members that it is to have once the rollout is made. */
  planned: Generated<number>;
  total: number;
  /** Members that have erred and not succeeded since; changed last in a transaction, by report or sweep. */
  erred: Generated<number>;
  /** JSON: core's phase spec. */
  spec: string;
  /** The spec's name, folded; empty: it has none. */
  name_fold: Generated<string>;
  /** The spec's; null: the rollout's. */
  asks_consent: Flag | null;
  started_at: Instant | null;
  /** When its success threshold was reached. */
  reached_at: Instant | null;
  /** When its error threshold was crossed; null again once it is not any more. */
  crossed_at: Instant | null;
  /** The device up to which the members of a skipped phase are closed; null: nothing is to be closed. */
  cursor: number | null;
  /** When its silent members are looked for. */
  next_at: Instant | null;
  revision: Generated<number>;
};

/** Primary key (rollout, site); '': the whole rollout. Rows stand only where a pace is configured. */
type PaceTable = {
  rollout: number;
  site: string;
  in_flight: number;
  /** Core's tokens of starts, as of `tokens_at`. */
  tokens: number;
  tokens_at: Instant;
};

/** Primary key (rollout, phase, state); `state` is the shown state, or `erred`. */
type CounterTable = { rollout: number; phase: number; state: string; n: number };
type CounterDeltaTable = { id: Generated<number>; rollout: number; phase: number; state: string; n: number };
