import type { CommandContext } from '../command.ts';

export type IdempotencyOwner = { readonly tenant: number; readonly actor: string; readonly key: string };
export type EarlierRequest = { readonly requestHash: string; readonly response: string };

/**
 * Takes the key for this transaction, or tells what an earlier one stored under it. A row from before `keptSince` counts
 * as none. A second transaction with the same key waits here until the first has ended.
 */
export async function claimIdempotencyKey(
  context: CommandContext,
  owner: IdempotencyOwner,
  request: { readonly requestHash: string; readonly keptSince: number },
): Promise<EarlierRequest | null> {
  await ownRow(context, owner).where('created_at', '<', request.keptSince).execute();
  const inserted = await context.db
    .insertInto('idempotency_key')
    .values({ ...owner, request_hash: request.requestHash, status: null, response: null, created_at: context.now })
    .onConflict((conflict) => conflict.columns(['tenant', 'actor', 'key']).doNothing())
    .returning('key')
    .executeTakeFirst();
  if (inserted !== undefined) return null;
  const row = await context.db
    .selectFrom('idempotency_key')
    .select(['request_hash', 'response'])
    .where('tenant', '=', owner.tenant)
    .where('actor', '=', owner.actor)
    .where('key', '=', owner.key)
    .executeTakeFirstOrThrow();
  return { requestHash: row.request_hash, response: row.response ?? '' };
}

/** Stores the outcome beside what it created, in the same transaction. */
export async function settleIdempotencyKey(context: CommandContext, owner: IdempotencyOwner, response: string) {
  await context.db
    .updateTable('idempotency_key')
    .set({ status: 201, response })
    .where('tenant', '=', owner.tenant)
    .where('actor', '=', owner.actor)
    .where('key', '=', owner.key)
    .execute();
}

export async function forgetIdempotencyKey(context: CommandContext, owner: IdempotencyOwner) {
  await ownRow(context, owner).execute();
}

/** Removes at most `limit` rows from before `keptSince`; tells how many. */
export async function sweepIdempotencyKeys(context: CommandContext, keptSince: number, limit: number): Promise<number> {
  const due = context.db
    .selectFrom('idempotency_key')
    .select(['tenant', 'actor', 'key'])
    .where('created_at', '<', keptSince)
    .limit(limit);
  const rows = await due.execute();
  for (const row of rows) await ownRow(context, row).where('created_at', '<', keptSince).execute();
  return rows.length;
}

function ownRow(context: CommandContext, owner: IdempotencyOwner) {
  return context.db
    .deleteFrom('idempotency_key')
    .where('tenant', '=', owner.tenant)
    .where('actor', '=', owner.actor)
    .where('key', '=', owner.key);
}
