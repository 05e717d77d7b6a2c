import {
  fieldsOf,
  matchesFilter,
  parseFilter,
  settleFilter,
  type FieldReader,
  type SettledFilter,
} from '@updraft/core';
import {
  DEVICE_LIST,
  deviceIdsOf,
  filterMoments,
  joinedUpTo,
  joiningRollouts,
  readEvents,
  readFilterFacts,
  setJoinedUpTo,
  takeRollout,
  toJoin,
  type CommandContext,
  type RolloutRow,
  type StoredEvent,
} from '@updraft/store';
import { joinRollout } from './join-rollout.ts';
import { wantLook } from './let-join.ts';

const EVENTS_PER_COMMAND = 200;

/** Events that may concern any number of devices. */
const SET_SUBJECTS: ReadonlySet<string> = new Set(['devices', 'device-type']);
/** Fields that an attempt changes on its way; its end is told by its assignment's. */
const STATE_FIELDS: ReadonlySet<string> = new Set(['state']);

type Rule = { readonly rollout: RolloutRow; readonly filter: SettledFilter; readonly readsState: boolean };

/**
 * Reads what has happened in a tenant since it was last looked, and lets the devices concerned join the rollouts that
 * they have come to match (design: 6-data 20): each is tested in memory. Where it stands moves in the same commit.
 */
export async function hear(context: CommandContext, { tenant }: { readonly tenant: number }): Promise<void> {
  const after = await joinedUpTo(context.db, tenant);
  const rules = await rulesOf(context, tenant);
  if (after === null) return;
  const events = await readEvents(context.db, tenant, { after, limit: EVENTS_PER_COMMAND });
  const last = events.at(-1);
  if (last === undefined) return;
  await setJoinedUpTo(context, tenant, last.position);
  if (rules.length === 0) return;
  if (events.some(({ subject }) => SET_SUBJECTS.has(subject.kind))) await lookThroughAll(context, rules);
  const readsState = rules.some((rule) => rule.readsState);
  const names = new Set(events.flatMap((event) => deviceOf(event, readsState)));
  const facts = await readFilterFacts(context.db, await deviceIdsOf(context.db, tenant, [...names]));
  for (const rule of rules) await joinMatching(context, rule, facts);
}

/** A rule that cannot be read lets nobody join; the next look ends it. */
async function rulesOf(context: CommandContext, tenant: number): Promise<readonly Rule[]> {
  const { fields } = DEVICE_LIST;
  const moments = await filterMoments(context.db, tenant, context.now);
  return (await joiningRollouts(context.db, tenant)).flatMap((rollout) => {
    const parsed = parseFilter(rollout.filter, fields);
    if (parsed.outcome === 'refused') return [];
    const readsState = !fieldsOf(parsed.filter, fields).isDisjointFrom(STATE_FIELDS);
    return [{ rollout, filter: settleFilter(parsed.filter, fields, moments), readsState }];
  });
}

async function lookThroughAll(context: CommandContext, rules: readonly Rule[]): Promise<void> {
  for (const { rollout } of rules) {
    const held = await takeRollout(context, rollout.id);
    if (held?.join_at !== undefined && held.join_at !== null) await wantLook(context, held);
  }
}

/** The name of the device that an event speaks of. */
function deviceOf({ name, subject, data }: StoredEvent, readsState: boolean): readonly string[] {
  if (name === 'device.deleted') return [];
  if (subject.kind === 'device') return [subject.id];
  if (subject.kind !== 'assignment' && !(readsState && subject.kind === 'attempt')) return [];
  return typeof data['device'] === 'string' ? [data['device']] : [];
}

async function joinMatching(
  context: CommandContext,
  { rollout, filter }: Rule,
  facts: ReadonlyMap<number, FieldReader>,
): Promise<void> {
  const matching = [...facts].flatMap(([id, read]) => (matchesFilter(filter, DEVICE_LIST.fields, read) ? [id] : []));
  const wanted = await toJoin(context.db, rollout, matching);
  if (wanted.length === 0) return;
  const held = await takeRollout(context, rollout.id);
  if (held?.state !== 'running' || held.join_at === null) return;
  if (await joinRollout(context, held, wanted)) await wantLook(context, held);
}
