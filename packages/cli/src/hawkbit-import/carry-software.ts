import {
  SourceModule,
  type SourceModule as Module,
  SourceSet,
  type SourceSet as DistributionSet,
} from '@updraft/protocols/hawkbit-management';
import { carryArtifacts } from './carry-artifacts.ts';
import { carryMetadata } from './carry-metadata.ts';
import { carriedParts } from './carry-types.ts';
import { carryNamed } from './named-rows.ts';
import { type Ids, type ImportRun, NOT_MADE, sourceRows, written } from './import-run.ts';
import type { Kind } from './import-report.ts';

/** Servers before 1.1 do not know it, and show what is not deleted. */
const WITH_DELETED = { soft_deleted_mode: 'INCLUDE_SOFT_DELETED' };

/** A distribution set of the source with its modules. */
export type ReadSet = Omit<DistributionSet, 'modules'> & { readonly modules: readonly Module[] };

export type ReadSets = {
  readonly sets: readonly ReadSet[];
  /** By id, also of those that are deleted: the past speaks of them. */
  readonly titles: ReadonlyMap<number, string>;
};

/** All sets that the source shows. They are read before the modules: one that is kept for history may be a part of a set that is not. */
export async function readSets(run: ImportRun): Promise<ReadSets> {
  const sets: ReadSet[] = [];
  const titles = new Map<number, string>();
  const list = { kind: 'sets', path: '/distributionsets', query: WITH_DELETED } as const;
  for await (const set of sourceRows(run, list, SourceSet)) {
    titles.set(set.id, titleOf(set));
    if (set.deleted) run.report.left({ kind: 'sets', name: titleOf(set), code: 'deleted' });
    else sets.push({ ...set, modules: set.modules ?? (await modulesOf(run, set)) });
  }
  return { sets, titles };
}

async function modulesOf(run: ImportRun, { id }: DistributionSet): Promise<readonly Module[]> {
  const modules: Module[] = [];
  const list = { kind: 'sets', path: `/distributionsets/${id}/assignedSM` } as const;
  for await (const module of sourceRows(run, list, SourceModule)) modules.push(module);
  return modules;
}

export function titleOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}:${version}`;
}

/** Modules with their artifacts and what is said of them. They are locked last: what is locked changes no more. */
export async function carryModules(run: ImportRun, sets: readonly ReadSet[]): Promise<Ids> {
  const [kind, path] = ['modules', '/softwaremodules'] as const;
  return carryNamed<Module>(run, {
    kind,
    path,
    rows: neededModules(run, sets),
    schema: SourceModule,
    keyOf: (module) => JSON.stringify([module.type, module.name, module.version]),
    titleOf,
    bodyOf: (module) => {
      const { name, version, type, description, vendor, encrypted } = module;
      return { name, version, type, description, vendor, encrypted };
    },
    more: async (module, here) => {
      const place = { name: titleOf(module), from: `${path}/${module.id}`, to: `${path}/${here.id}`, here };
      await carryArtifacts(run, place);
      await carryMetadata(run, place);
      if (module.locked) await lock(run, { ...place, kind, isLocked: here.before?.locked === true });
    },
  });
}

/** Deleted modules come along only where a set needs them. */
async function* neededModules(run: ImportRun, sets: readonly ReadSet[]): AsyncGenerator<Module, void> {
  const deleted = new Map(sets.flatMap(({ modules }) => modules.map((module) => [module.id, module] as const)));
  const list = { kind: 'modules', path: '/softwaremodules', query: WITH_DELETED } as const;
  for await (const module of sourceRows(run, list, SourceModule)) {
    if (module.deleted && !deleted.has(module.id))
      run.report.left({ kind: 'modules', name: titleOf(module), code: 'deleted' });
    else yield module;
    deleted.delete(module.id);
  }
  yield* deleted.values();
}

/** Distribution sets with what is said of them. */
export async function carrySets(run: ImportRun, sets: readonly ReadSet[], modules: Ids): Promise<Ids> {
  const [kind, path] = ['sets', '/distributionsets'] as const;
  return carryNamed<ReadSet>(run, {
    kind,
    path,
    rows: rowsOf(sets),
    schema: ReadSetHere,
    keyOf: (set) => JSON.stringify([set.name, set.version]),
    titleOf,
    bodyOf: (set) => {
      const parts = set.modules.map(({ id }) => id);
      const carried = carriedParts(run, { kind, name: titleOf(set) }, parts, modules);
      if (carried === null) return null;
      const { name, version, description, type, requiredMigrationStep } = set;
      const body = { name, version, description, requiredMigrationStep, modules: carried.map((id) => ({ id })) };
      return type === '' ? body : { ...body, type };
    },
    more: async (set, here) => {
      const place = { name: titleOf(set), from: `${path}/${set.id}`, to: `${path}/${here.id}`, here };
      await carryMetadata(run, place);
      if (set.locked) await lock(run, { ...place, kind, isLocked: here.before?.locked === true });
    },
  });
}

const ReadSetHere = SourceSet.transform((set): ReadSet => ({ ...set, modules: set.modules ?? [] }));

async function* rowsOf<T>(rows: readonly T[]): AsyncGenerator<T, void> {
  yield* rows;
}

type Locking = { readonly kind: Kind; readonly name: string; readonly to: string; readonly isLocked: boolean };

async function lock(run: ImportRun, { kind, name, to, isLocked }: Locking): Promise<void> {
  if (isLocked) return;
  await written(run, { kind, name, instead: undefined }, () => run.target.send('PUT', to, { locked: true }));
}

/** Sets that the source has invalidated are invalidated here, too: last of all, as they take nothing more then. */
export async function invalidateSets(run: ImportRun, sets: readonly ReadSet[], ids: Ids): Promise<void> {
  for (const set of sets) {
    const id = ids.get(set.id);
    if (set.valid || id === undefined || id === NOT_MADE) continue;
    const here = SourceSet.safeParse(await run.target.show(`/distributionsets/${id}`));
    if (!here.success || !here.data.valid) continue;
    const body = { actionCancelationType: 'none' };
    await written(run, { kind: 'sets', name: titleOf(set), instead: undefined }, () =>
      run.target.send('POST', `/distributionsets/${id}/invalidate`, body),
    );
  }
}
