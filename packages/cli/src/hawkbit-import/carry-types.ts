import {
  SourceModuleType,
  type SourceModuleType as ModuleType,
  SourceType,
  type SourceType as Type,
} from '@updraft/protocols/hawkbit-management';
import { carryNamed, type Here } from './named-rows.ts';
import { type Ids, type ImportRun, NOT_MADE, sourceRows, targetRows, written } from './import-run.ts';
import type { Kind } from './import-report.ts';

export async function carryModuleTypes(run: ImportRun): Promise<Ids> {
  const [kind, path] = ['module-types', '/softwaremoduletypes'] as const;
  return carryNamed<ModuleType>(run, {
    kind,
    path,
    schema: SourceModuleType,
    keyOf: keyOfType,
    titleOf: keyOfType,
    bodyOf: (type) => {
      const { name, description, colour, minArtifacts, maxAssignments } = type;
      return { name, key: keyOfType(type), description, colour, minArtifacts, maxAssignments };
    },
  });
}

export async function carrySetTypes(run: ImportRun, moduleTypes: Ids): Promise<Ids> {
  const [kind, path] = ['set-types', '/distributionsettypes'] as const;
  return carryNamed<Type>(run, {
    kind,
    path,
    schema: SourceType,
    keyOf: keyOfType,
    titleOf: keyOfType,
    bodyOf: async (type) => {
      const parts = await partsOf(run, type, moduleTypes);
      if (parts === null) return null;
      const { name, description, colour } = type;
      const [mandatorymodules, optionalmodules] = [parts.mandatory.map(reference), parts.optional.map(reference)];
      return { name, key: keyOfType(type), description, colour, mandatorymodules, optionalmodules };
    },
    more: (type, here) => (here.isNew ? Promise.resolve() : extendSetType(run, { type, here, moduleTypes })),
  });
}

export async function carryTargetTypes(run: ImportRun, setTypes: Ids): Promise<Ids> {
  const [kind, path] = ['target-types', '/targettypes'] as const;
  return carryNamed<Type>(run, {
    kind,
    path,
    schema: SourceType,
    keyOf: keyOfType,
    titleOf: ({ name }) => name,
    bodyOf: async (type) => {
      const compatible = await idsOf(run, { kind, path: `${path}/${type.id}/compatibledistributionsettypes` });
      const carried = carriedParts(run, { kind, name: type.name }, compatible, setTypes);
      if (carried === null) return null;
      const { name, description, colour } = type;
      return {
        name,
        key: keyOfType(type),
        description,
        colour,
        compatibledistributionsettypes: carried.map(reference),
      };
    },
  });
}

/** Target types had no keys before 0.4; hawkBit gives them their names for keys. */
function keyOfType({ key, name }: Type): string {
  return key === '' ? name : key;
}

function reference(id: number): { readonly id: number } {
  return { id };
}

type Parts = { readonly mandatory: readonly number[]; readonly optional: readonly number[] };

/** Ids here of the module types that a set type is made of; null: some could not be carried. */
async function partsOf(run: ImportRun, type: Type, moduleTypes: Ids): Promise<Parts | null> {
  const thing = { kind: 'set-types', name: keyOfType(type) } as const;
  const read = (which: string) =>
    idsOf(run, { kind: thing.kind, path: `/distributionsettypes/${type.id}/${which}moduletypes` });
  const mandatory = carriedParts(run, thing, await read('mandatory'), moduleTypes);
  const optional = carriedParts(run, thing, await read('optional'), moduleTypes);
  return mandatory === null || optional === null ? null : { mandatory, optional };
}

async function idsOf(run: ImportRun, list: { readonly kind: Kind; readonly path: string }): Promise<readonly number[]> {
  const ids: number[] = [];
  for await (const { id } of sourceRows(run, list, SourceType)) ids.push(id);
  return ids;
}

/** The ids here of a thing's parts; null where one of them is not here, which is told. */
export function carriedParts(
  { report }: ImportRun,
  { kind, name }: { readonly kind: Kind; readonly name: string },
  parts: readonly number[],
  ids: Ids,
): readonly number[] | null {
  const carried = parts.flatMap((id) => ids.get(id) ?? []);
  if (carried.length === parts.length) return carried;
  report.left({ kind, name, code: 'part-missing' });
  return null;
}

type There = { readonly type: Type; readonly here: Here; readonly moduleTypes: Ids };

/** A type that both servers have from the beginning may have been extended at the source. */
async function extendSetType(run: ImportRun, { type, here, moduleTypes }: There): Promise<void> {
  const parts = await partsOf(run, type, moduleTypes);
  if (parts === null || here.id === NOT_MADE) return;
  const path = `/distributionsettypes/${here.id}`;
  const had = new Set<number>();
  for (const which of ['mandatory', 'optional'])
    for await (const { id } of targetRows(run, `${path}/${which}moduletypes`, SourceType)) had.add(id);
  for (const which of ['mandatory', 'optional'] as const)
    for (const id of parts[which].filter((one) => !had.has(one)))
      await written(run, { kind: 'set-types', name: keyOfType(type), instead: undefined }, () =>
        run.target.send('POST', `${path}/${which}moduletypes`, { id }),
      );
}
