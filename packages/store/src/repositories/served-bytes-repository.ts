import { TRAFFIC_SPAN_MS } from '@updraft/core';
import { sql, type Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';

/** Bytes of artifacts that went out to devices of a rollout. */
export type ServedBytes = { readonly rollout: number; readonly bytes: number };

/** What was served of a rollout so far: in all, and in the span in which most was. */
export type ServedSum = { readonly bytes: number; readonly busiest: number };

/**
 * Adds what went out to what went out in this quarter of an hour, by this server and all others. Of rollouts of which
 * nothing was foretold, or that were compared with their forecast, nothing is kept. In the order of the rollouts, so that
 * two servers wait for each other and never both.
 */
export async function addServedBytes(context: CommandContext, served: readonly ServedBytes[]): Promise<void> {
  const span = Math.floor(context.now / TRAFFIC_SPAN_MS);
  await sql`
    insert into served_bytes (rollout, span, bytes)
    select forecast.rollout, cast(${span} as bigint), s.bytes from (${rowsOf(context, served)}) as s
    join forecast on forecast.rollout = s.rollout
    where forecast.compared_at is null order by forecast.rollout
    on conflict (rollout, span) do update set bytes = served_bytes.bytes + excluded.bytes`.execute(context.db);
}

function rowsOf({ dialect }: CommandContext, served: readonly ServedBytes[]) {
  const list = JSON.stringify(served);
  return dialect === 'sqlite'
    ? sql`select value ->> 'rollout' as rollout, value ->> 'bytes' as bytes from json_each(${list})`
    : sql`select (value ->> 'rollout')::bigint as rollout, (value ->> 'bytes')::bigint as bytes
        from json_array_elements(${list}::json)`;
}

/** `spanMs`: how long the spans are of which the busiest is looked for; as many of core's whole ones. */
export async function servedBytesOf(
  db: Kysely<Schema>,
  { rollout, spanMs }: { readonly rollout: number; readonly spanMs: number },
): Promise<ServedSum> {
  const each = Math.max(1, Math.round(spanMs / TRAFFIC_SPAN_MS));
  const bySpan = db
    .selectFrom('served_bytes')
    .select(sql<number>`sum(bytes)`.as('bytes'))
    .where('rollout', '=', rollout)
    .groupBy(sql`span / cast(${each} as bigint)`);
  const row = await db
    .selectFrom(bySpan.as('s'))
    .select([
      sql<number>`cast(coalesce(sum(s.bytes), 0) as bigint)`.as('bytes'),
      sql<number>`cast(coalesce(max(s.bytes), 0) as bigint)`.as('busiest'),
    ])
    .executeTakeFirstOrThrow();
  return { bytes: Number(row.bytes), busiest: Number(row.busiest) };
}

/** Once they are compared, the spans have told what they can. */
export async function forgetServedBytes({ db }: CommandContext, rollout: number): Promise<void> {
  await db.deleteFrom('served_bytes').where('rollout', '=', rollout).execute();
}
