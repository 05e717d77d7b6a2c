import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FleetMaker, postgresFleets, sqliteFleets, type TimedFleet } from '../contract/fleet-maker.ts';
import { ask, expect, type Json, refusedAs } from './management-kit.ts';
import { listVectors, type Vector, wrongListVectors } from './management-search-lists.ts';
import { targetVectors, wrongTargetVectors } from './management-search-targets.ts';
import { idOf, type Known, nameOf, searchWorld } from './management-search-world.ts';

const VECTORS: Readonly<Record<string, readonly Vector[]>> = { '/targets': targetVectors, ...listVectors };
const WRONG = { '/targets': wrongTargetVectors, ...wrongListVectors };
const KEYS = { field: 'rest.param.rsqlInvalidField', syntax: 'rest.param.rsqlParamSyntax' } as const;

for (const maker of [sqliteFleets, postgresFleets()]) searches(maker);

/** One server, which nothing changes any more once everything is there. */
function searches(maker: FleetMaker): void {
  void test(`searches of hawkBit’s Management API, on ${maker.name}`, async (t) => {
    const fleet = await maker.open(t);
    if (fleet === undefined) return;
    const known = await searchWorld(fleet);
    t.diagnostic(`${count(VECTORS)} searches that find, ${count(WRONG)} that are refused`);
    for (const [path, vectors] of Object.entries(VECTORS))
      await t.test(`${path} are found by each field and operator`, async () => {
        const found = new Map<string, string>();
        for (const [query] of vectors)
          found.set(query, await foundBy(fleet, filled(known, path), filled(known, query)));
        const wrong = vectors.filter(([query, names]) => found.get(query) !== names);
        assert.deepEqual(
          wrong.map(([query]) => [query, found.get(query)]),
          wrong,
        );
      });
    for (const [path, vectors] of Object.entries(WRONG))
      await t.test(`searches of ${path} that are wrong are refused`, async () => {
        for (const [query, key] of vectors)
          refusedAs(await ask(fleet, `GET ${path}?q=${encodeURIComponent(query)}`), 400, KEYS[key]);
      });
  });
}

function count(vectors: Readonly<Record<string, readonly unknown[]>>): number {
  return Object.values(vectors).reduce((sum, { length }) => sum + length, 0);
}

/** Ids and moments in place of their names. */
function filled(known: Known, text: string): string {
  return text.replaceAll(/#([a-z]+:[^#]+|noon)#/g, (_, name: string) => String(idOf(known, name)));
}

async function foundBy(fleet: TimedFleet, path: string, query: string): Promise<string> {
  const isActions = path.endsWith('/actions');
  const q = query === '' ? '' : `&q=${encodeURIComponent(query)}`;
  const full = isActions ? '&representation=full' : '';
  const { content } = await expect(fleet, 200, `GET ${path}?limit=500${full}${q}`);
  const names: string[] = content.map((one: Json) => (isActions ? actionName(one) : nameOf(one)));
  return names.toSorted().join(' ');
}

/** Target and distribution set. */
function actionName({ _links }: Json): string {
  return `${_links.target.name}/${_links.distributionset.name}`;
}
