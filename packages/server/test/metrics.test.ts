import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { aFleet, SWUPDATE_SAYS } from './a-fleet.ts';

const PAGE = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
/** `le` belongs to every histogram. */
const OWN_LABELS = new Set(['le']);

type Shown = { readonly type: string; readonly labels: ReadonlySet<string> };

/** https://prometheus.io/docs/instrumenting/exposition_formats/: our metrics with their types, and the labels of their samples. */
function shownIn(text: string): ReadonlyMap<string, Shown> {
  const types = [...text.matchAll(/^# TYPE (updraft_\S+) (\S+)$/gm)];
  return new Map(
    types.map(([, name = '', type = '']) => {
      const samples = text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?\\{([^}]*)\\}`, 'gm'));
      const labels = [...samples].flatMap(([, inner = '']) =>
        [...inner.matchAll(/(\w+)="/g)].map(([, label = '']) => label),
      );
      return [name, { type, labels: new Set(labels.filter((label) => !OWN_LABELS.has(label))) }];
    }),
  );
}

/** The rows of the page's first table. */
function told(): ReadonlyMap<string, Shown> {
  const rows = PAGE.matchAll(/^\| `(updraft_\w+)` \| (\w+) \|([^|]*)\|/gm);
  return new Map(
    [...rows].map(([, name = '', type = '', labels = '']) => [
      name,
      { type, labels: new Set([...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label)) },
    ]),
  );
}

test('the page of metrics tells what a server shows, and a server shows what the page tells', async (t) => {
  const fleet = await aFleet(t);
  const device = await fleet.device();
  const { number } = await fleet.assign(await fleet.release(), device);
  await device.poll();
  await device.report(number, SWUPDATE_SAYS.start);
  const asked = await fleet.device();
  const { id: release } = await fleet.release('2.0');
  const body = { release, devices: [asked.name], policy: { consent: { required: true } } };
  await fleet.api.call('assignments.create', { body });
  await asked.poll();
  const answer = await fleet.fetch('/metrics', { as: null });
  const text = await answer.text();
  const [shown, page] = [shownIn(text), told()];
  assert.deepEqual([...page.keys()].toSorted(), [...shown.keys()].toSorted());
  for (const [name, { type, labels }] of shown) {
    assert.equal(page.get(name)?.type, type, name);
    for (const label of labels) assert.ok(page.get(name)?.labels.has(label), `${name}{${label}}`);
  }
  assert.match(text, /^updraft_polls_total\{door="ddi"\} 2$/m);
  for (const shut of ['none', 'consent'])
    assert.match(text, new RegExp(`^updraft_gates_total\\{shut="${shut}"\\} [1-9]`, 'm'));
  assert.doesNotMatch(text, new RegExp(device.name), 'it asks no credential, so it names nobody');
});

test('every expression of an alarm names a metric of the page', () => {
  const alarms = PAGE.slice(PAGE.indexOf('## What to watch'));
  const named = [...alarms.matchAll(/updraft_\w+/g)].map(([name]) => name.replace(/_bucket$/, ''));
  assert.ok(named.length >= 5);
  for (const name of named) assert.ok(told().has(name), name);
});
