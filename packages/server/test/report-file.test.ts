import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { SWUPDATE_SAYS, type TestFleet } from './a-fleet.ts';
import { aServer } from './a-server.ts';
import { aFleetTenant } from './a-tenant.ts';

const shared = await aServer({ after });

const REPORTS = 130;

type Line = {
  readonly assignment: number;
  readonly attempt: number;
  readonly kind: string;
  readonly details: readonly string[];
};

function fileOf(fleet: TestFleet, number: number, query = ''): Promise<Response> {
  return fleet.fetch(`/api/v1/assignments/${number}/reports/file${query}`);
}

test('all that a device said of an update comes as a file, in order and attempt by attempt', async () => {
  const fleet = await aFleetTenant(shared);
  const device = await fleet.device();
  const release = await fleet.release();
  const { number } = await fleet.assign(release, device);
  await device.poll();
  const said = Array.from({ length: REPORTS }, (_, at) => `line ${at}\u001b[2J\nsecond`);
  for (const detail of said)
    await device.report(number, { execution: 'proceeding', finished: 'none', details: [detail] });
  await device.report(number, SWUPDATE_SAYS.success);

  const answer = await fileOf(fleet, number);
  assert.equal(answer.headers.get('content-type'), 'application/x-ndjson');
  assert.match(answer.headers.get('content-disposition') ?? '', new RegExp(`assignment-${number}-reports\\.ndjson`));
  const lines = (await answer.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  assert.ok(lines.every((line) => line.assignment === number && line.attempt === 1));
  const told = lines.flatMap(({ details }) => details).filter((detail) => detail.startsWith('line'));
  assert.deepEqual(told, said);

  const text = await (await fileOf(fleet, number, '?format=text&attempt=1')).text();
  assert.match(text, new RegExp(`: assignment ${number}, attempt 1, action ${number} \\(succeeded\\)$`, 'm'));
  assert.ok(text.startsWith(`${device.name}, ${release.name}@${release.version}: `), text.slice(0, 100));
  assert.equal(text.includes('\u001b'), false, 'nothing in it moves a terminal');
});

test('a file of reports is of an assignment and an attempt that there are', async () => {
  const fleet = await aFleetTenant(shared);
  const { number } = await fleet.assign(await fleet.release(), await fleet.device());
  for (const [path, status] of [
    [`${number + 1}/reports/file`, 404],
    [`${number}/reports/file?attempt=7`, 404],
    [`${number}/reports/file?format=pdf`, 400],
    [`${number}/reports/file`, 200],
  ] as const)
    assert.equal((await fleet.fetch(`/api/v1/assignments/${path}`)).status, status, path);
});
