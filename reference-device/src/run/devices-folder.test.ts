import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceFolder, devicesFolder, newNames } from './devices-folder.ts';

test('new devices get the first numbers that are free', () => {
  assert.deepEqual(newNames(['gateway-2', 'line-4'], 3), ['gateway-1', 'gateway-3', 'gateway-4']);
});

test('a name that would leave the folder of devices is refused', () => {
  for (const name of ['', '..', 'a/b', '-n', 'x'.repeat(33)])
    assert.throws(() => deviceFolder(name), { code: 'name-invalid' }, name);
});

test('devices are kept where the user keeps state, unless a folder is named', () => {
  assert.equal(devicesFolder({ HOME: '/home/me' }), '/home/me/.local/state/updraft/devices');
  assert.equal(devicesFolder({ HOME: '/home/me', XDG_STATE_HOME: '/state' }), '/state/updraft/devices');
  assert.equal(devicesFolder({ UPDRAFT_DEVICES_DIR: '/tmp/devices' }), '/tmp/devices');
});
