import { fold } from '@updraft/core';
import type { CommandContext } from '../command.ts';

const COMPONENT_KINDS = [
  { key: 'os', name: 'OS', description: 'Core firmware or operating system', max_assignments: 1 },
  { key: 'application', name: 'Application', description: 'Application add-on', max_assignments: 2 ** 31 - 1 },
] as const;
const RELEASE_KINDS = [
  { key: 'os', name: 'OS only', description: 'Default type with firmware or operating system only', parts: { os: 1 } },
  { key: 'app', name: 'App(s) only', description: 'Default type with apps only', parts: { application: 1 } },
  {
    key: 'os_app',
    name: 'OS with app(s)',
    description: 'Default type with firmware or operating system and optional apps',
    parts: { os: 1, application: 0 },
  },
] as const;

/** The kinds that every tenant begins with: hawkBit's, which its clients expect. */
export async function insertFirstKinds({ db, now }: CommandContext, tenant: number, createdBy: string): Promise<void> {
  const named = (kind: { readonly key: string; readonly name: string; readonly description: string }) => ({
    tenant,
    key: kind.key,
    key_fold: fold(kind.key),
    name: kind.name,
    name_fold: fold(kind.name),
    description: kind.description,
    created_at: now,
    created_by: createdBy,
    changed_at: now,
    changed_by: createdBy,
  });
  const components = await db
    .insertInto('component_kind')
    .values(COMPONENT_KINDS.map((kind) => ({ ...named(kind), max_assignments: kind.max_assignments })))
    .returning(['id', 'key'])
    .execute();
  for (const kind of RELEASE_KINDS) {
    const release = await db.insertInto('release_kind').values(named(kind)).returning('id').executeTakeFirstOrThrow();
    const parts: Readonly<Record<string, 0 | 1>> = kind.parts;
    const rows = components.flatMap(({ id, key }) => {
      const mandatory = parts[key];
      return mandatory === undefined ? [] : [{ release_kind: release.id, component_kind: id, mandatory }];
    });
    await db.insertInto('release_kind_part').values(rows).execute();
  }
}
