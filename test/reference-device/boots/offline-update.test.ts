import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { until } from '../../journeys/until.ts';
import { DeviceLab } from '../device-lab.ts';
import { STEP_LIMIT_MS } from '../reference-device.ts';

const LIMITS = { timeout: 3_600_000 };

test('an update from a file is judged alike without the server, which sees it later', LIMITS, async (t) => {
  await using lab = await DeviceLab.open(t);
  if (lab === undefined) return;
  const [device, newer, older] = await Promise.all([
    lab.addDevice(t, { slotB: { version: '2.0.0' }, policy: { serverSeconds: 20 } }),
    lab.bundle({ version: '2.0.0', isSwitchOnly: true }),
    lab.bundle({ version: '0.9.0', isSwitchOnly: true }),
  ]);
  await lab.server.kill9();
  await using files = await serve({ newer, older });
  assert.deepEqual(await device.boot(), { slot: 'a', version: '1.0.0' });

  await device.shell(`wget -q -O /tmp/older.swu ${files.urlFromGuest}/older`);
  assert.match(
    await device.shell('updraft-install /tmp/older.swu || logread | grep -m 1 "No downgrading"'),
    /No downgrading allowed/,
  );
  await device.shell(`wget -q -O /tmp/newer.swu ${files.urlFromGuest}/newer`);
  const before = device.now;
  device.machine.type('updraft-install /tmp/newer.swu\r');
  await device.says('boot slot=b trial=1 count=1', before);
  await device.says('server unreachable, as it was before the update', before);
  await device.says('committed slot=b version=2.0.0', before);
  assert.equal((await device.untilAgent(before)).slot, 'b');

  await lab.server.restart();
  const { attributes } = await until({
    what: 'the version that the device shows',
    look: () => lab.api.call('devices.show', { params: { device: device.name } }),
    isIt: (shown) => shown.attributes['version'] !== undefined,
    timeLimitMs: STEP_LIMIT_MS,
  });
  assert.deepEqual([attributes['version'], attributes['slot']], ['2.0.0', 'b']);
  assert.match(await device.shell('fw_printenv ustate update_origin 2>/dev/null; true'), /^ustate=0$/m);
});

/** The files over plain HTTP, for a guest that is to have them as it would from a USB stick. */
async function serve(files: Readonly<Record<string, string>>) {
  const server = createServer((request, response) => {
    const file = files[request.url?.slice(1) ?? ''];
    if (file === undefined) response.writeHead(404).end();
    else
      void stat(file).then(({ size }) =>
        createReadStream(file).pipe(response.writeHead(200, { 'content-length': size })),
      );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    urlFromGuest: `http://10.0.2.2:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
