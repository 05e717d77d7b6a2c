import { countsOf, type DatabaseSource, fullCountsOf, placeCountsOf } from '@updraft/store';
import type { Examination } from './examine.ts';
import { fail, type Finding, ok } from './finding.ts';

/** Without `--full`: the youngest. */
const SAMPLED_ROLLOUTS = 50;
const MAX_NAMED = 5;

type Rollout = { readonly id: number; readonly uid: string };

/** The counters that pace and thresholds read, against a full count of the members at the same moment. */
export async function checkCounts(
  source: Pick<DatabaseSource, 'db'>,
  { full, progress }: Examination,
): Promise<Finding> {
  const all = source.db.selectFrom('rollout').select(['id', 'uid']).orderBy('id', 'desc');
  const rollouts = await (full ? all : all.limit(SAMPLED_ROLLOUTS)).execute();
  const wrong: string[] = [];
  for (const [at, rollout] of rollouts.entries()) {
    wrong.push(...(await differences(source, rollout)));
    progress('rollouts counted', at + 1);
  }
  const which = full ? 'every rollout' : `the youngest ${rollouts.length} rollouts`;
  if (wrong.length === 0) return ok('counts', `the counters of ${which} are what a full count finds`);
  const named = wrong.slice(0, MAX_NAMED).join('; ');
  return fail('counts', {
    code: 'counts-differ',
    fact: `${wrong.length} differ: ${named}`,
    advice: 'This is a defect: report it with the output of --full --json.',
  });
}

async function differences({ db }: Pick<DatabaseSource, 'db'>, { id, uid }: Rollout): Promise<string[]> {
  const found = await fullCountsOf(db, id);
  const counted = new Map<string, number>();
  const add = (key: string, n: number) => counted.set(key, (counted.get(key) ?? 0) + n);
  for (const { phase, state, n } of await countsOf(db, [id])) add(`phase ${phase} ${state}`, n);
  for (const { number, total, erred } of await phaseFigures(db, id)) {
    add(`phase ${number} members`, total);
    add(`phase ${number} erred`, erred);
  }
  for (const { phase, state, n, erred } of found) {
    add(`phase ${phase} ${state}`, -n);
    add(`phase ${phase} members`, -n);
    add(`phase ${phase} erred`, -erred);
  }
  for (const { site, counted: places, held } of await placeCountsOf(db, id)) {
    const key = site === '' ? 'places of the pace' : `places of the pace at ${site}`;
    add(key, places - held);
  }
  return [...counted].filter(([, n]) => n !== 0).map(([key, n]) => `rollout ${uid} ${key} is off by ${n}`);
}

async function phaseFigures(db: DatabaseSource['db'], rollout: number) {
  return db.selectFrom('phase').select(['number', 'total', 'erred']).where('rollout', '=', rollout).execute();
}
