import { refuse } from '../bundle-problem.ts';
import { LIMITS } from '../limits.ts';
import { findField, findSetting } from './find-setting.ts';
import { isEmptyPlan, type Plan, type PlanFor, planFor } from './plan.ts';
import type { SettingTree } from './setting.ts';

/** A section that makes a group of the description a place where SWUpdate finds something to install. */
const SECTIONS = ['images', 'files', 'scripts', 'partitions', 'bootenv', 'uboot'];

/**
 * Every plan that some device could read out of a description: each selection that it names, without and with each board it names. Plans that
 * install nothing are left out where another installs something: no device asks for them. Throws `too-many-selections`.
 */
export function declaredPlans(tree: SettingTree, wanted: PlanFor = {}): readonly Plan[] {
  const places = declaredPlaces(tree).filter(
    ({ board, selection }) =>
      (wanted.board === undefined || board === undefined || board === wanted.board) &&
      (wanted.selection === undefined || selection === undefined || sameSelection(selection, wanted.selection)),
  );
  const distinct = new Map<string, PlanFor>();
  for (const place of [{}, ...places]) {
    const asked = { board: wanted.board ?? place.board, selection: wanted.selection ?? place.selection };
    distinct.set(JSON.stringify([asked.board ?? null, asked.selection?.set, asked.selection?.mode]), asked);
  }
  const plans = plansFor(tree, [...distinct.values()]);
  return preferred(
    preferred(plans, (plan) => !isEmptyPlan(plan)),
    (plan) => !isIncomplete(plan),
  );
}

function plansFor(tree: SettingTree, places: readonly PlanFor[]): readonly Plan[] {
  let entries = 0;
  return places.map((place) => {
    const plan = planFor(tree, place);
    entries += plan.images.length + plan.scripts.length + plan.bootScripts.length + Object.keys(plan.bootenv).length;
    if (entries > LIMITS.planEntries)
      throw refuse('too-many-selections', { detail: `more than ${LIMITS.planEntries} entries in all` });
    return plan;
  });
}

/** A description may give versions and hardware per board only: then nothing is meant for other boards. */
function isIncomplete({ problem }: Plan): boolean {
  return problem?.code === 'hardware-missing' || problem?.code === 'version-missing';
}

function preferred(plans: readonly Plan[], isGood: (plan: Plan) => boolean): readonly Plan[] {
  const good = plans.filter(isGood);
  return good.length > 0 ? good : plans;
}

function sameSelection(a: { set: string; mode: string }, b: { set: string; mode: string }): boolean {
  return a.set === b.set && a.mode === b.mode;
}

/** The groups below `software` that hold sections: board, set.mode and board.set.mode. */
function declaredPlaces(tree: SettingTree): PlanFor[] {
  const places: PlanFor[] = [];
  const boards: string[] = [];
  const selections: { set: string; mode: string }[] = [];
  const budget = { left: LIMITS.selectionGroups };
  const groupNames = (path: readonly string[]): readonly string[] => namesOfGroups(tree, path, budget);
  for (const first of groupNames(['software'])) {
    if (hasSection(tree, ['software', first]) || findField(tree, ['software', first], 'hardware-compatibility'))
      boards.push(first);
    for (const second of groupNames(['software', first])) {
      if (hasSection(tree, ['software', first, second])) selections.push({ set: first, mode: second });
      for (const third of groupNames(['software', first, second])) {
        if (hasSection(tree, ['software', first, second, third])) {
          places.push({ board: first, selection: { set: second, mode: third } });
        }
      }
    }
  }
  const count = places.length + (boards.length + 1) * (selections.length + 1);
  if (count > LIMITS.selections)
    throw refuse('too-many-selections', { detail: `${count}, accepted are ${LIMITS.selections}` });
  for (const board of [undefined, ...boards]) {
    places.push({ board });
    for (const selection of selections) places.push({ board, selection });
  }
  return places;
}

function namesOfGroups(tree: SettingTree, path: readonly string[], budget: { left: number }): readonly string[] {
  const found = findSetting(tree, path)?.setting;
  if (found?.kind !== 'group') return [];
  const names = [...found.members].filter(([, setting]) => setting.kind === 'group').map(([name]) => name);
  budget.left -= names.length;
  if (budget.left < 0) throw refuse('too-many-selections', { detail: `more than ${LIMITS.selectionGroups} groups` });
  return names;
}

function hasSection(tree: SettingTree, path: readonly string[]): boolean {
  return SECTIONS.some((section) => findField(tree, path, section) !== undefined);
}
