import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { contact } from './contact-model.ts';
import { ask, deviceAt, type Act } from './device-acts.ts';
import { look, type Run } from './model-run.ts';
import { openTry, openWishesOf, type ModelDevice, type ModelWish } from './model-state.ts';
import { begin, downloadedAll, wasOfferedSince } from './report-model.ts';

/** Files carry no action id: the device's begun attempt comes first, then what it was offered (6-data 3). */
export const bytes: Act<'bytes'> = async (run, { device: index, release: which, whole }) => {
  const device = deviceAt(run, index);
  const release = run.world.releases[which];
  if (release === undefined || device.isGone) return false;
  let holder = holderOf(run, device, release);
  if (holder === null) {
    contact(run.model, device, device.splits);
    holder = holderOf(run, device, release);
  }
  const headers: Record<string, string> = whole ? {} : { range: 'bytes=0-99' };
  const path = `/softwaremodules/${release.module}/artifacts/update.swu`;
  if (holder !== null) {
    begin(run.model, holder);
    if (whole) downloadedAll(run.model, holder);
  }
  const { status } = await ask(run, device, { path, request: { headers } });
  const expected = holder === null ? 404 : whole ? 200 : 206;
  if (whole && holder !== null) await noted(run, holder);
  await look(run);
  assert.equal(status, expected, `${device.name} fetches ${whole ? 'all' : 'a part'} of ${release.version}`);
  return true;
};

/** The last byte is noted a moment after it was sent: however slow the machine is, its attempt comes to where it is to be. */
async function noted({ world }: Run, wish: ModelWish): Promise<void> {
  const until = performance.now() + NOTED_WITHIN_MS;
  const expected = wish.tries.at(-1)?.state ?? null;
  for (;;) {
    const row = await world.server.server.store.reader
      .selectFrom('attempt')
      .select('state')
      .where('assignment', '=', wish.id)
      .orderBy('ordinal', 'desc')
      .executeTakeFirst();
    if (row?.state === expected) return;
    assert.ok(performance.now() < until, `the last byte left ${wish.number} ${row?.state}, not ${expected}`);
    await sleep(NOTED_LOOK_MS);
  }
}

const NOTED_WITHIN_MS = 30_000;
const NOTED_LOOK_MS = 5;

function holderOf(
  { model, world }: Run,
  device: ModelDevice,
  release: (typeof world.releases)[number],
): ModelWish | null {
  const holding = openWishesOf(model, device).filter((wish) => {
    const attempt = wish.rollout.release === release ? openTry(wish) : null;
    if (attempt === null || attempt.offeredAt === null) return false;
    // Also while it is asked to give up what it was offered before: it was given another since (6-data 7).
    const isInHand = attempt.begunAt !== null || attempt.state === 'offered';
    return isInHand || !wasOfferedSince(model, wish, attempt);
  });
  const turn = (wish: ModelWish) => (openTry(wish)?.begunAt !== null ? 0 : openTry(wish)?.state === 'offered' ? 1 : 2);
  return holding.toSorted((a, b) => turn(a) - turn(b) || a.id - b.id)[0] ?? null;
}
