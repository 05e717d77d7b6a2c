import { FAILED_ATTEMPT_STATES, type PenaltyRule } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';

/** A tenant's rule, and from when on failures of one of its devices count; null: from ever. */
export type DevicePenalty = { readonly rule: PenaltyRule; readonly failuresSince: number | null };

export async function penaltyOf(db: Kysely<Schema>, tenant: number, device: number): Promise<DevicePenalty> {
  const [row] = (await readPenalty(db, { tenant, device })).rows;
  if (row === undefined) throw new Error(`no device ${device} in tenant ${tenant}`);
  const rule = {
    failures: row.penalty_failures,
    withinSeconds: row.penalty_within_seconds,
    seconds: row.penalty_seconds,
  };
  return { rule, failuresSince: row.failures_since };
}

const readPenalty = compiledOnce((db, { tenant, device }: { readonly tenant: number; readonly device: number }) =>
  db
    .selectFrom('tenant as n')
    .innerJoin('device as d', 'd.tenant', 'n.id')
    .select(['n.penalty_failures', 'n.penalty_within_seconds', 'n.penalty_seconds', 'd.failures_since'])
    .where('n.id', '=', tenant)
    .where('d.id', '=', device),
);

/**
 * How many attempts of the device have failed after `since`, also those that were or will be tried again. Whom nobody could
 * ask to cancel has not failed at anything.
 */
export async function failuresOf(db: Kysely<Schema>, device: number, since: number): Promise<number> {
  return (await countFailures(db, { device, since })).rows[0]?.n ?? 0;
}

const countFailures = compiledOnce((db, { device, since }: { readonly device: number; readonly since: number }) =>
  db
    .selectFrom('assignment as a')
    .innerJoin('attempt as t', 't.assignment', 'a.id')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('a.device', '=', device)
    .where((eb) => eb.or([eb('a.ended_at', 'is', null), eb('a.ended_at', '>', since)]))
    .where('t.ended_at', '>', since)
    .where('t.state', 'in', FAILED_ATTEMPT_STATES)
    .where((eb) => eb('t.reason', 'is distinct from', 'incompatible'))
    .where((eb) => eb('t.reason', 'is distinct from', 'canceling-limit')),
);

/** Sets a device aside until then, or releases it (null); either way what has failed before counts no more. */
export async function setPenalty(context: CommandContext, device: number, until: number | null): Promise<void> {
  await context.db
    .updateTable('device')
    .set((eb) => ({ penalty_until: until, failures_since: context.now, revision: eb('revision', '+', 1) }))
    .where('id', '=', device)
    .execute();
  context.touch({ device });
}
