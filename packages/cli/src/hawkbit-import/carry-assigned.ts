import { type ReadSet, titleOf } from './carry-software.ts';
import { membersFresh, nameIn } from './members.ts';
import { type Ids, type ImportRun, NOT_MADE, written } from './import-run.ts';

type Sets = { readonly sets: readonly ReadSet[]; readonly ids: Ids; readonly targets: ReadonlySet<string> };

/**
 * What targets run is noted as hawkBit notes what was installed in another way. What they are to run and do not is an update:
 * it begins here only where that is asked for.
 */
export async function carryAssigned(run: ImportRun, { sets, ids, targets }: Sets): Promise<void> {
  for (const set of sets) {
    const id = ids.get(set.id);
    if (id === undefined) continue;
    const installed = await carryInstalled(run, { set, id, targets });
    await carryOpen(run, { set, id, targets, installed });
  }
}

type Place = { readonly set: ReadSet; readonly id: number; readonly targets: ReadonlySet<string> };

async function carryInstalled(run: ImportRun, place: Place): Promise<ReadonlySet<string>> {
  const installed = new Set<string>();
  const nameOf = nameIn(place.targets);
  const memberOf = (row: unknown) => {
    const name = nameOf(row);
    if (name !== null) installed.add(name);
    return name;
  };
  const list = listsOf(place, 'installedTargets');
  for await (const names of membersFresh(run, { kind: 'installed', ...list, memberOf, hereOf: nameOf }))
    await assign(run, place, { names, kind: 'installed' });
  return installed;
}

async function carryOpen(run: ImportRun, place: Place & { readonly installed: ReadonlySet<string> }): Promise<void> {
  const nameOf = nameIn(place.targets);
  const memberOf = (row: unknown) => {
    const name = nameOf(row);
    return name === null || place.installed.has(name) ? null : name;
  };
  const list = listsOf(place, 'assignedTargets');
  let left = 0;
  for await (const names of membersFresh(run, { kind: 'assigned', ...list, memberOf, hereOf: nameOf }))
    if (run.beginsUpdates) await assign(run, place, { names, kind: 'assigned' });
    else left += names.length;
  const message = `${left} ${left === 1 ? 'target' : 'targets'}`;
  if (left > 0) run.report.left({ kind: 'assigned', name: titleOf(place.set), code: 'update-open', message }, left);
}

function listsOf({ set, id }: Place, which: 'installedTargets' | 'assignedTargets') {
  const to = id === NOT_MADE ? null : `/distributionsets/${id}/${which}`;
  return { from: `/distributionsets/${set.id}/${which}`, to };
}

type Assigning = { readonly names: readonly string[]; readonly kind: 'installed' | 'assigned' };

async function assign(run: ImportRun, { set, id }: Place, { names, kind }: Assigning): Promise<void> {
  const path = `/distributionsets/${id}/assignedTargets${kind === 'installed' ? '?offline=true' : ''}`;
  const body = names.map((name) => ({ id: name }));
  const made = await written(run, { kind, name: titleOf(set), instead: names.length }, async () =>
    assignedIn(await run.target.send('POST', path, body)),
  );
  if (made === null) return;
  run.report.carried(kind, made);
  run.report.there(kind, names.length - made);
}

function assignedIn(answer: unknown): number {
  const isCount = typeof answer === 'object' && answer !== null && 'assigned' in answer;
  return isCount && typeof answer.assigned === 'number' ? answer.assigned : 0;
}
