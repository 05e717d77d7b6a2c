import { fold, type EvidenceRule } from '@updraft/core';
import type { Kysely, Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import { compiledOnce } from '../database/compiled-once.ts';
import type { Schema } from '../schema.ts';

export type AttributeChange = {
  /** `null` removes the key. */
  readonly data: Readonly<Record<string, string | null>>;
  /** `remove` deletes the keys of `data`, whatever their values. */
  readonly mode: 'merge' | 'replace' | 'remove';
};

/** What a device says of itself. */
export async function attributesOf(db: Kysely<Schema>, device: number): Promise<ReadonlyMap<string, string>> {
  const { rows } = await readAttributes(db, { device });
  return new Map(rows.map(({ key, value }) => [key, value]));
}

const readAttributes = compiledOnce((db, { device }: { readonly device: number }) =>
  db.selectFrom('device_attribute').select(['key', 'value']).where('device', '=', device).orderBy('key'),
);

/** When the device last said what version or slot it runs, whatever it said; null where it never did. */
export async function evidenceReportedAt(
  db: Kysely<Schema>,
  device: number,
  rule: Pick<NonNullable<EvidenceRule>, 'versionAttribute' | 'slotAttribute'>,
): Promise<number | null> {
  const keys = [rule.versionAttribute, rule.slotAttribute].filter((key) => key !== null);
  if (keys.length === 0) return null;
  const rows = await db
    .selectFrom('device_attribute')
    .select('reported_at')
    .where('device', '=', device)
    .where('key', 'in', keys)
    .execute();
  return rows.reduce<number | null>((last, { reported_at: at }) => Math.max(last ?? 0, at), null);
}

/** Changes what a device says of itself. */
export async function saveAttributes(
  context: CommandContext,
  device: { readonly id: number; readonly tenant: number },
  change: AttributeChange,
): Promise<void> {
  const kept = Object.entries(change.data).filter(([, value]) => value !== null && change.mode !== 'remove');
  const dropped = Object.keys(change.data).filter((key) => change.mode === 'remove' || change.data[key] === null);
  const deletion = context.db.deleteFrom('device_attribute').where('device', '=', device.id);
  if (change.mode === 'replace') await deletion.execute();
  else if (dropped.length > 0) await deletion.where('key', 'in', dropped).execute();
  if (kept.length > 0) await upsert(context, device, kept as readonly [string, string][]);
}

async function upsert(
  context: CommandContext,
  device: { readonly id: number; readonly tenant: number },
  entries: readonly (readonly [string, string])[],
) {
  for (const [key, value] of entries)
    await writeAttribute(context.db, {
      device: device.id,
      tenant: device.tenant,
      key,
      value,
      value_fold: fold(value),
      reported_at: context.now,
    });
}

const writeAttribute = compiledOnce((db, row: Selectable<Schema['device_attribute']>) =>
  db
    .insertInto('device_attribute')
    .values({
      device: row.device,
      tenant: row.tenant,
      key: row.key,
      value: row.value,
      value_fold: row.value_fold,
      reported_at: row.reported_at,
    })
    .onConflict((conflict) =>
      conflict.columns(['device', 'key']).doUpdateSet((eb) => ({
        value: eb.ref('excluded.value'),
        value_fold: eb.ref('excluded.value_fold'),
        reported_at: eb.ref('excluded.reported_at'),
      })),
    ),
);
