import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf, zoneName } from './place.ts';

const nowhere = { saidZone: null, saidSite: null, groupZone: '' };

test('a device’s own zone counts before that of its group', () => {
  assert.equal(placeOf({ ...nowhere, saidZone: 'Asia/Tokyo', groupZone: 'Europe/Rome' }).zone, 'Asia/Tokyo');
  assert.equal(placeOf({ ...nowhere, groupZone: 'Europe/Rome' }).zone, 'Europe/Rome');
  assert.deepEqual(placeOf(nowhere), { zone: '', site: '', ignoredZone: null });
});

test('a zone that does not exist is ignored and told', () => {
  for (const saidZone of ['Mars/Base', 'Europe/', '../etc', '+25:00', '\u{1f600}'])
    assert.deepEqual(placeOf({ ...nowhere, saidZone, groupZone: 'Europe/Rome' }), {
      zone: 'Europe/Rome',
      site: '',
      ignoredZone: saidZone,
    });
});

test('a zone is known in any case, and an empty one is none', () => {
  assert.equal(zoneName('europe/ROME'), 'Europe/Rome');
  assert.equal(placeOf({ ...nowhere, saidZone: ' Europe/Rome ' }).zone, 'Europe/Rome');
  assert.equal(placeOf({ ...nowhere, saidZone: ' ' }).ignoredZone, null);
});

test('a site is what the device says, as it says it', () => {
  assert.equal(placeOf({ ...nowhere, saidSite: 'Łódź 1' }).site, 'Łódź 1');
});
