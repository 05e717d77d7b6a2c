import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedPhaseFrom, phaseFrom } from './phase-option.ts';

test('a phase is a size and settings', () => {
  assert.deepEqual(phaseFrom('10%,name=canary,success=95,errors=5/3,soak=2h,next=hand'), {
    size: { by: 'percent', percent: 10 },
    name: 'canary',
    successPercent: 95,
    error: { percent: 5, minimum: 3 },
    soakSeconds: 7200,
    next: 'hand',
  });
  assert.deepEqual(phaseFrom('33.3%'), { size: { by: 'percent', percent: 33.3 } });
  assert.deepEqual(phaseFrom('50,errors=none'), { size: { by: 'count', count: 50 }, error: null });
  assert.deepEqual(phaseFrom('rest'), { size: { by: 'rest' } });
});

test('a filter is the last part, and keeps its commas', () => {
  assert.deepEqual(phaseFrom('name=lab,filter=name=in=(a,b),type==x'), {
    size: { by: 'filter', filter: 'name=in=(a,b),type==x' },
    name: 'lab',
  });
});

test('a minimum that is left out is left to the server, which says what is missing', () => {
  assert.deepEqual(phaseFrom('rest,errors=5'), { size: { by: 'rest' }, error: { percent: 5 } });
});

test('a changed phase begins with its number', () => {
  assert.deepEqual(changedPhaseFrom('2:success=90,errors=none'), { number: 2, successPercent: 90, error: null });
});

for (const text of [
  '',
  'name=canary',
  '10%,50',
  '10%,filter=a==b',
  'ten',
  '10%,soak=2',
  '10%,errors=5/x',
  '10%,next=me',
])
  test(`"${text}" is no phase`, () => {
    assert.throws(() => phaseFrom(text));
  });

test('a misspelt setting is refused with the one that was meant', () => {
  assert.throws(() => phaseFrom('10%,sucess=90'), { code: 'usage', message: /did you mean "success"/ });
  assert.throws(() => changedPhaseFrom('success=90'), { code: 'usage' });
});
