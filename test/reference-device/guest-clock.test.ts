import assert from 'node:assert/strict';
import { suite, test, type TestContext } from 'node:test';
import { GuestPlaces } from './guest-places.ts';
import { openTlsServer } from './tls-server.ts';

const LIMITS = { timeout: 240_000 };
const DAY_SECONDS = 86_400;
const CENTURY_SECONDS = 36_525 * DAY_SECONDS;

suite('the clock of a device', { concurrency: 2 }, () => {
  test('a clock that says 1970 starts at the time of the build, and only forward', LIMITS, async (t) => {
    await using guest = await GuestPlaces.make(t, { clock: 12, buildTime: 1_700_000_000 });
    if (guest === undefined) return;
    await guest.run('set-clock', 'floor');
    assert.equal(await guest.read('time'), '1700000000\n');
    await guest.run('set-clock', 'floor');
    assert.deepEqual(await guest.said(), ['UPDRAFT clock set from=build to=1700000000']);
  });

  test(
    'a certificate that is not yet valid by the device’s clock is believed about the time, then checked with it',
    LIMITS,
    async (t) => {
      await using lab = await openLab(t, (now) => ({
        clock: now - 400 * DAY_SECONDS,
        buildTime: now - 400 * DAY_SECONDS,
      }));
      if (lab === undefined) return;
      const { guest } = lab;
      assert.equal((await guest.run('set-clock', 'server')).exitCode, 0);
      const time = await guest.read('time');
      assert.ok(Math.abs(Number(time) - lab.now) < 60);
      assert.deepEqual(await guest.said(), [`UPDRAFT clock set from=server to=${time.trim()}`]);
    },
  );

  test(
    'a time with which the certificate is out of date is not taken over, and the log says why',
    LIMITS,
    async (t) => {
      await using lab = await openLab(t, (now) => ({
        clock: now - 400 * DAY_SECONDS,
        buildTime: now - 400 * DAY_SECONDS,
      }));
      if (lab === undefined) return;
      const { guest, server, now } = lab;
      server.tellTime(new Date((now + CENTURY_SECONDS) * 1000));
      assert.equal((await guest.run('set-clock', 'server')).exitCode, 1);
      assert.equal(Number(await guest.read('time')), now - 400 * DAY_SECONDS);
      assert.match((await guest.said()).join(), /^UPDRAFT server not trusted: certificate has expired \(notAfter=/);
    },
  );

  test('a server whose time lies before the build sets no clock', LIMITS, async (t) => {
    await using lab = await openLab(t, (now) => ({ clock: now + CENTURY_SECONDS, buildTime: now + CENTURY_SECONDS }));
    if (lab === undefined) return;
    const { guest, now } = lab;
    assert.equal((await guest.run('set-clock', 'server')).exitCode, 1);
    assert.equal(Number(await guest.read('time')), now + CENTURY_SECONDS);
    assert.match((await guest.said()).join(), /^UPDRAFT clock not set: /);
  });

  test('who has no certificate of the device’s CA sets no clock', LIMITS, async (t) => {
    await using stranger = await openTlsServer(t);
    await using lab = await openLab(t, (now) => ({
      clock: 1_700_000_000,
      caFile: stranger?.caFile,
      buildTime: now - 1,
    }));
    if (lab === undefined) return;
    const { guest } = lab;
    assert.equal((await guest.run('set-clock', 'server')).exitCode, 1);
    assert.equal(await guest.read('time'), '1700000000\n');
    assert.match((await guest.said()).join(), /^UPDRAFT server not trusted: /);
  });

  test('a clock that is nearly the server’s stays as it is', LIMITS, async (t) => {
    await using lab = await openLab(t, (now) => ({ clock: now + 90 }));
    if (lab === undefined) return;
    const { guest, now } = lab;
    assert.equal((await guest.run('set-clock', 'server')).exitCode, 0);
    assert.equal(Number(await guest.read('time')), now + 90);
    assert.deepEqual(await guest.said(), []);
  });
});

type Facts = { readonly clock: number; readonly buildTime?: number; readonly caFile?: string | undefined };

async function openLab(t: TestContext, factsAt: (now: number) => Facts) {
  await using stack = new AsyncDisposableStack();
  const server = await openTlsServer(t);
  if (server === undefined) return undefined;
  stack.use(server);
  const now = Math.floor(Date.now() / 1000);
  const { caFile = server.caFile, ...facts } = factsAt(now);
  const guest = await GuestPlaces.make(t, { ...facts, caFile, identity: { SERVER_URL: server.url } });
  if (guest === undefined) return undefined;
  stack.use(guest);
  const owned = stack.move();
  return { server, guest, now, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
