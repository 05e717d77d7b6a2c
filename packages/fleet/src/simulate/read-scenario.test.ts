import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { parseScenario } from './read-scenario.ts';
import { Scenario } from './scenario.ts';
import { ScenarioError } from './scenario-error.ts';

const GUIDE = path.join(import.meta.dirname, '..', '..', '..', '..', 'docs', 'simulator.md');
const SMALL = 'devices: 10\ntypes:\n  - { name: board, share: 1, version: "1" }\n';

test('a scenario needs no more than a number of devices and a type', () => {
  const scenario = parseScenario(SMALL, 'small.yaml');
  assert.deepEqual([scenario.devices, scenario.seed, scenario.speed], [10, 1, 1]);
  assert.equal(scenario.types[0]?.versionAttribute, 'version');
});

test('the scenario that the guide shows can be played, and says all that one can say', () => {
  const shown = /^```yaml\n([\s\S]*?)^```$/m.exec(readFileSync(GUIDE, 'utf8'))?.[1] ?? '';
  const scenario = parseScenario(shown, 'simulator.md');
  const kinds = Scenario.shape.failures
    .unwrap()
    .element.options.flatMap(({ shape: { kind } }) => ('options' in kind ? kind.options : [...kind.values]));
  assert.deepEqual(Object.keys(scenario).toSorted(), Object.keys(Scenario.shape).toSorted());
  assert.deepEqual(scenario.failures.map(({ kind }) => kind).toSorted(), kinds.toSorted());
});

test('hours are written as people write them', () => {
  const { offline } = parseScenario(`${SMALL}offline:\n  - { from: "22:30", to: "06:00", share: 0.5 }\n`, 'f');
  assert.deepEqual(offline, [{ from: 22 * 60 + 30, to: 6 * 60, share: 0.5 }]);
});

for (const { fault, text, where, what } of [
  {
    fault: 'a share above 1',
    text: `${SMALL}failures:\n  - { kind: liar, share: 2 }\n`,
    where: '5:26',
    what: /failures\[0\]\.share/,
  },
  {
    fault: 'shares that are not whole',
    text: 'devices: 1\ntypes:\n  - { name: a, share: 0.5, version: "1" }\n',
    where: '3:3',
    what: /add up to 1/,
  },
  { fault: 'a word nobody knows', text: `${SMALL}devcies: 3\n`, where: '1:1', what: /devcies/ },
  {
    fault: 'a kind of failure nobody knows',
    text: `${SMALL}failures:\n  - { kind: lair, share: 0.1 }\n`,
    where: '5:13',
    what: /kind/,
  },
  {
    fault: 'a zone nobody knows',
    text: `${SMALL}zones:\n  - { zone: Europe/Rom, share: 1 }\n`,
    where: '5:13',
    what: /IANA/,
  },
  { fault: 'nothing at all', text: '', where: '1:1', what: /object/ },
])
  // prettier-ignore
  test(`a scenario with ${fault} is refused with its place`, () => {
    const { code, problems } = refusal(text);
    assert.equal(code, 'scenario-invalid');
    assert.ok(problems[0]?.startsWith(`f.yaml:${where}: `), problems.join('\n'));
    assert.match(problems[0] ?? '', what);
  });

test('what is no YAML is refused with its place', () => {
  const { code, problems } = refusal('devices: [1\n');
  assert.equal(code, 'scenario-not-yaml');
  assert.match(problems[0] ?? '', /^f\.yaml:2:1: /);
});

function refusal(text: string): ScenarioError {
  try {
    parseScenario(text, 'f.yaml');
  } catch (cause) {
    if (cause instanceof ScenarioError) return cause;
    throw cause;
  }
  throw new Error('the scenario was taken');
}
