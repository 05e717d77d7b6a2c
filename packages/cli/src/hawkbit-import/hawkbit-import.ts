import { carryAssigned } from './carry-assigned.ts';
import { carryFilters } from './carry-filters.ts';
import { carryHistory } from './carry-history.ts';
import { carryModules, carrySets, invalidateSets, readSets } from './carry-software.ts';
import { carrySetTags, carryTargetTags } from './carry-tags.ts';
import { carryTargets } from './carry-targets.ts';
import { carryModuleTypes, carrySetTypes, carryTargetTypes } from './carry-types.ts';
import type { ImportRun } from './import-run.ts';

/**
 * Carries everything from a running hawkBit into this server, each thing behind what it needs. What is written goes over this
 * server's own `/rest/v1`: both sides speak the same words there, so that what cannot be carried is only what one of them
 * refuses to show or to take.
 */
export async function importHawkbit(run: ImportRun): Promise<void> {
  const moduleTypes = await carryModuleTypes(run);
  const setTypes = await carrySetTypes(run, moduleTypes);
  const targetTypes = await carryTargetTypes(run, setTypes);
  const { sets, titles } = await readSets(run);
  const modules = await carryModules(run, sets);
  const setIds = await carrySets(run, sets, modules);
  await carrySetTags(run, setIds);
  const targets = await carryTargets(run, targetTypes);
  await carryTargetTags(run, targets);
  await carryAssigned(run, { sets, ids: setIds, targets });
  await carryFilters(run, setIds);
  if (run.carriesHistory) await carryHistory(run, titles);
  await invalidateSets(run, sets, setIds);
}
