import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { until } from '../../journeys/until.ts';
import { runProgram } from '../../programs/run-program.ts';
import { DeviceLab } from '../device-lab.ts';
import { STEP_LIMIT_MS } from '../reference-device.ts';

const LAUNCHER = path.join(import.meta.dirname, '..', '..', '..', 'bin', 'updraft');
const LIMITS = { timeout: 3_600_000 };
const DEVICE_OFF = 6;

type Listed = {
  readonly items: readonly { readonly name: string; readonly pid: number | null; readonly console: string }[];
};

test('devices are started, told apart, cut off, broken, wound and forgotten on the command line', LIMITS, async (t) => {
  await using lab = await DeviceLab.open(t);
  if (lab === undefined) return;
  const { secret } = await lab.api.call('tokens.create', { body: { name: 'devices', kind: 'personal' } });
  const pem = await readFile(lab.signer.certificateFile, 'utf8');
  await lab.api.call('signing-certificates.create', { body: { name: 'release', pem } });
  const environment = {
    ...process.env,
    UPDRAFT_SERVER: lab.server.url,
    UPDRAFT_TOKEN: secret,
    UPDRAFT_CA: lab.caFile,
    UPDRAFT_DEVICES_DIR: path.join(lab.folder, 'devices'),
  };
  const device = async (...words: readonly string[]): Promise<{ readonly status: number; readonly said: string }> => {
    const args = [LAUNCHER, 'device', ...words, '--json'];
    const { exitCode, stdout, stderr } = await runProgram(process.execPath, args, {
      environment,
      timeLimitMs: STEP_LIMIT_MS,
    });
    return { status: exitCode ?? -1, said: stdout || stderr };
  };
  const listed = async (): Promise<Listed['items']> => (JSON.parse((await device('status')).said) as Listed).items;
  // They would outlive this process.
  await using _ = { [Symbol.asyncDispose]: async () => void (await device('stop', '--all', '--forget')) };

  assert.equal((await device('start', '-n', '2', '--image', path.dirname(lab.golden.disk))).status, 0);
  const [first, second] = await listed();
  assert.deepEqual([first?.name, second?.name], ['gateway-1', 'gateway-2']);
  assert.notEqual(first?.pid, second?.pid);
  await until({
    what: 'both devices at the server, with what they run',
    look: async () => (await lab.api.call('devices.list')).items.map(({ attributes }) => attributes['version']),
    isIt: (versions) => versions.length === 2 && versions.every((version) => version === '1.0.0'),
    timeLimitMs: STEP_LIMIT_MS,
  });

  assert.equal((await device('power', 'gateway-2', 'cut')).status, 0);
  assert.equal((await listed())[1]?.pid, null);
  assert.equal((await device('network', 'gateway-2', 'cut')).status, DEVICE_OFF);
  for (const words of [
    ['network', 'gateway-1', 'cut'],
    ['network', 'gateway-1', 'mend'],
    ['break', 'gateway-1', 'environment'],
  ])
    assert.equal((await device(...words)).status, 0, words.join(' '));
  const says = (words: RegExp): Promise<string> =>
    until({
      what: `${words} on the console`,
      look: () => readFile(first?.console ?? '', 'utf8'),
      isIt: (text) => words.test(text),
      timeLimitMs: STEP_LIMIT_MS,
    });
  await says(/^\S+Z UPDRAFT environment repaired from=env2/m);

  assert.equal((await device('clock', 'gateway-1', '1970-01-01')).status, 0);
  await says(/UPDRAFT clock set from=build/);
  assert.equal((await device('stop', '--all', '--forget')).status, 0);
  assert.deepEqual(await listed(), []);
});
