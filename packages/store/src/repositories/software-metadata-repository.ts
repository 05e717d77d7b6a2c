import { fold } from '@updraft/core';
import type { Kysely } from 'kysely';
import type { CommandContext } from '../command.ts';
import type { Schema } from '../schema.ts';

/** What operators say of a component or of a release; only of a component devices may be told. */
export type SoftwareMetadata = { readonly key: string; readonly value: string; readonly visible: boolean };
export type SoftwareOwner = 'component' | 'release';

/** In the order of the keys' code points. */
export async function softwareMetadata(
  db: Kysely<Schema>,
  owner: SoftwareOwner,
  id: number,
): Promise<readonly SoftwareMetadata[]> {
  if (owner === 'release') {
    const rows = db.selectFrom('release_metadata').select(['key', 'value']).where('release', '=', id).orderBy('key');
    return (await rows.execute()).map((row) => ({ ...row, visible: false }));
  }
  const rows = db.selectFrom('component_metadata').select(['key', 'value', 'visible']).where('component', '=', id);
  return (await rows.orderBy('key').execute()).map((row) => ({ ...row, visible: row.visible === 1 }));
}

/** Adds a key, or writes it anew. */
export async function saveSoftwareMetadata(
  { db }: CommandContext,
  { owner, id }: { readonly owner: SoftwareOwner; readonly id: number },
  { key, value, visible }: SoftwareMetadata,
): Promise<void> {
  const written = { value, value_fold: fold(value) };
  if (owner === 'release') {
    await db
      .insertInto('release_metadata')
      .values({ release: id, key, ...written })
      .onConflict((conflict) => conflict.columns(['release', 'key']).doUpdateSet(written))
      .execute();
    return;
  }
  const shown = { ...written, visible: visible ? 1 : 0 } as const;
  await db
    .insertInto('component_metadata')
    .values({ component: id, key, ...shown })
    .onConflict((conflict) => conflict.columns(['component', 'key']).doUpdateSet(shown))
    .execute();
}

export async function dropSoftwareMetadata(
  { db }: CommandContext,
  { owner, id }: { readonly owner: SoftwareOwner; readonly id: number },
  key: string,
): Promise<void> {
  if (owner === 'release')
    await db.deleteFrom('release_metadata').where('release', '=', id).where('key', '=', key).execute();
  else await db.deleteFrom('component_metadata').where('component', '=', id).where('key', '=', key).execute();
}
