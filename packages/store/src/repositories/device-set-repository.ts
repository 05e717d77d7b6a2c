import type { Selectable } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';

/** Ids in one statement. */
export const SLICE_IDS = 500;

export type NamedDevice = Pick<Selectable<Schema['device']>, 'id' | 'name' | 'group_path' | 'zone' | 'site'>;

/**
 * Takes the devices of these names, in the order of their ids, and bumps them: two commands over the same devices do not
 * wait for each other. Names that are none's are left out.
 */
export async function takeDevicesNamed(
  context: CommandContext,
  tenant: number,
  names: readonly string[],
): Promise<readonly NamedDevice[]> {
  const ids: number[] = [];
  for (let at = 0; at < names.length; at += SLICE_IDS) {
    const some = names.slice(at, at + SLICE_IDS);
    const rows = await context.db
      .selectFrom('device')
      .select('id')
      .where('tenant', '=', tenant)
      .where('name', 'in', some)
      .execute();
    ids.push(...rows.map(({ id }) => id));
  }
  return takeDevices(context, ids);
}

/** Takes these devices in the order of their ids, and bumps them; those that are gone are left out. */
export async function takeDevices(context: CommandContext, ids: readonly number[]): Promise<readonly NamedDevice[]> {
  const taken: NamedDevice[] = [];
  const ordered = ids.toSorted((a, b) => a - b);
  for (let at = 0; at < ordered.length; at += SLICE_IDS) {
    const some = ordered.slice(at, at + SLICE_IDS);
    if (context.dialect === 'postgres')
      await context.db.selectFrom('device').select('id').where('id', 'in', some).orderBy('id').forUpdate().execute();
    const rows = await context.db
      .updateTable('device')
      .set((eb) => ({ revision: eb('revision', '+', 1) }))
      .where('id', 'in', some)
      .returning(['id', 'name', 'group_path', 'zone', 'site'])
      .execute();
    taken.push(...rows);
  }
  for (const { id } of taken) context.touch({ device: id });
  return taken;
}
