import {
  SourceAutoAssignment,
  SourceFilter,
  type SourceAutoAssignment as Rule,
  type SourceFilter as Filter,
} from '@updraft/protocols/hawkbit-management';
import { carryNamed, type Here } from './named-rows.ts';
import { type Ids, type ImportRun, sentOver, sourceRows, targetRows } from './import-run.ts';

/** What rules assign: ids of the source's sets, by the query they belong to. */
type Assigned = Set<string>;

/** Target filters, and what they and rules of their own keep assigning. The latter begins only where that is asked for. */
export async function carryFilters(run: ImportRun, sets: Ids): Promise<void> {
  const [kind, path] = ['filters', '/targetfilters'] as const;
  const assigned: Assigned = new Set();
  await carryNamed<Filter>(run, {
    kind,
    path,
    schema: SourceFilter,
    keyOf: ({ name }) => name,
    titleOf: ({ name }) => name,
    bodyOf: ({ name, query }) => ({ name, query }),
    isMadeAlone: true,
    more: async (filter, here) => {
      if (filter.autoAssignDistributionSet === null) return;
      assigned.add(keyOf(filter.query, filter.autoAssignDistributionSet));
      await assignByFilter(run, { filter, here, set: sets.get(filter.autoAssignDistributionSet) });
    },
  });
  await carryRules(run, { sets, assigned });
}

function keyOf(query: string, set: number): string {
  return JSON.stringify([query, set]);
}

type ByFilter = {
  readonly filter: Filter;
  readonly here: Here & { readonly before: Filter | null };
  readonly set: number | undefined;
};

async function assignByFilter(run: ImportRun, { filter, here, set }: ByFilter): Promise<void> {
  const [kind, name] = ['auto-assignments', filter.name] as const;
  if (set !== undefined && here.before?.autoAssignDistributionSet === set) return run.report.there(kind);
  if (!run.beginsUpdates) return run.report.left({ kind, name, code: 'assigning-off' });
  if (set === undefined) return run.report.left({ kind, name, code: 'part-missing' });
  const { autoAssignActionType: type, autoAssignWeight: weight, confirmationRequired } = filter;
  await sentOver(run, { kind, name }, () =>
    run.target.send('POST', `/targetfilters/${here.id}/autoAssignDS`, {
      id: set,
      ...wishOf({ weight, confirmationRequired }),
      ...(type === '' ? {} : { type }),
    }),
  );
}

function wishOf({ weight, confirmationRequired }: Pick<Rule, 'weight' | 'confirmationRequired'>) {
  return {
    ...(weight === null ? {} : { weight }),
    ...(typeof confirmationRequired === 'boolean' ? { confirmationRequired } : {}),
  };
}

type Rules = { readonly sets: Ids; readonly assigned: Assigned };

/** Rules of their own, which hawkBit has since 1.1; it shows those of its filters among them. */
async function carryRules(run: ImportRun, { sets, assigned }: Rules): Promise<void> {
  const [kind, path] = ['auto-assignments', '/autoassignments'] as const;
  const here = await rulesHere(run, path);
  for await (const rule of sourceRows(run, { kind, path }, SourceAutoAssignment)) {
    if (assigned.has(keyOf(rule.targetFilterQuery, rule.distributionSetId))) continue;
    const name = rule.name === '' ? rule.targetFilterQuery : rule.name;
    const set = sets.get(rule.distributionSetId);
    if (set === undefined) run.report.left({ kind, name, code: 'part-missing' });
    else if (here.has(keyOf(rule.targetFilterQuery, set))) run.report.there(kind);
    else if (!run.beginsUpdates) run.report.left({ kind, name, code: 'assigning-off' });
    else await makeRule(run, { ...rule, name }, set);
  }
}

async function rulesHere(run: ImportRun, path: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const { targetFilterQuery, distributionSetId } of targetRows(run, path, SourceAutoAssignment))
    keys.add(keyOf(targetFilterQuery, distributionSetId));
  return keys;
}

/** Epoch milliseconds, long past: one that runs at the source begins at once, another waits for somebody to start it. */
const BEGINS_AT_ONCE = 1;

async function makeRule(run: ImportRun, rule: Rule, set: number): Promise<void> {
  const [kind, name] = ['auto-assignments', rule.name] as const;
  const { description, targetFilterQuery, actionType, status } = rule;
  await sentOver(run, { kind, name }, () =>
    run.target.send('POST', '/autoassignments', {
      name,
      ...(description === '' ? {} : { description }),
      targetFilterQuery,
      distributionSetId: set,
      ...wishOf(rule),
      ...(actionType === '' ? {} : { actionType }),
      ...(status === 'running' ? { startAt: BEGINS_AT_ONCE } : {}),
    }),
  );
}
