import assert from 'node:assert/strict';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { HeardReport } from '@updraft/core';
import { findAssignmentByNumber, findDevice, MAX_REPORTS_PER_ATTEMPT } from '@updraft/store';
import { sql } from 'kysely';
import { SWUPDATE_SAYS, type DdiClient } from '../a-fleet.ts';
import type { FleetCheck, TimedFleet } from './fleet-maker.ts';

const DEVICES = 16;
/** Words that a database may take for something else. */
const WORDS = 'it "goes" on, {100%}, \\o/ ünd\nfurther';

const BUSY_TIMEOUT_MS = 60_000;
const TENANT = 1;
const PROCEEDS: HeardReport = { otherwise: { kind: 'proceeding', input: { type: 'report-proceeding' } } };
const FAILED: HeardReport = { otherwise: { kind: 'failed', input: { type: 'report-failed', message: null } } };

const goesOn = (...details: readonly string[]) => ({ execution: 'proceeding', finished: 'none', details });

type Begun = { readonly device: DdiClient; readonly number: number };

async function begun(fleet: TimedFleet): Promise<readonly Begun[]> {
  const release = await fleet.release();
  const devices = await Promise.all(Array.from({ length: DEVICES }, () => fleet.device()));
  return Promise.all(
    devices.map(async (device) => {
      const { number } = await fleet.assign(release, device);
      await device.poll();
      for (const said of [SWUPDATE_SAYS.start, goesOn('begins')]) await device.report(number, said);
      return { device, number };
    }),
  );
}

async function saidBy({ device, number }: Begun): Promise<readonly string[]> {
  const { text } = await device.ask(`deploymentBase/${number}?actionHistory=-1`);
  return (JSON.parse(text) as { actionHistory: { messages: readonly string[] } }).actionHistory.messages;
}

/** While one report is on its way the others gather, and are taken in one commit. */
export const TOGETHER_CHECKS: Readonly<Record<string, FleetCheck>> = {
  'reports that come together are each taken as if they came alone': async (fleet) => {
    const all = await begun(fleet);
    const said = await Promise.all(
      all.map(({ device, number }, at) => {
        if (at % 4 === 1) return device.report(number, SWUPDATE_SAYS.installFailed);
        return device.report(at % 4 === 2 ? number + 100_000 : number, goesOn(WORDS, `by ${at}`));
      }),
    );
    assert.deepEqual(
      said.map(({ status }) => status),
      all.map((_, at) => (at % 4 === 2 ? 404 : 200)),
    );
    for (const [at, one] of all.entries()) {
      const { state } = await fleet.assignment(one.number);
      assert.equal(state, at % 4 === 1 ? 'failed' : 'installing', `${at}`);
      assert.equal((await saidBy(one)).includes(`by ${at}`), at % 4 === 0 || at % 4 === 3, `${at}`);
      if (at % 4 === 0) assert.deepEqual((await saidBy(one)).slice(0, 2), [WORDS, `by ${at}`]);
    }
  },

  'what ended in the meantime is told so to all who report together': async (fleet) => {
    const all = await begun(fleet);
    await Promise.all(all.map(({ device, number }) => device.report(number, SWUPDATE_SAYS.installFailed)));
    const again = await Promise.all(all.map(({ device, number }) => device.report(number, goesOn('late'))));
    assert.deepEqual([...new Set(again.map(({ status }) => status))], [410]);
  },

  'what one device says twice in one commit is taken in its order': async (fleet) => {
    const { store } = fleet.server;
    const [first, second] = (await begun(fleet)) as [Begun, Begun];
    const said = async ({ device, number }: Begun, heard: HeardReport, words: string) => {
      const row = await findDevice(store.reader, TENANT, device.name);
      if (row === undefined) throw new Error(`no device ${device.name}`);
      const scope = { tenant: TENANT, tenantName: 'DEFAULT', actor: device.name, kind: 'device' } as const;
      const report = { deviceAt: null, code: null, details: [words] };
      const bearer = await findAssignmentByNumber(store.reader, TENANT, number);
      return { scope, device: row.id, number, assignment: bearer?.id ?? 0, about: 'update', heard, report } as const;
    };
    const reports = [
      await said(first, PROCEEDS, 'goes on'),
      await said(first, FAILED, 'fails'),
      await said(second, PROCEEDS, 'goes on, too'),
      await said(first, PROCEEDS, 'too late'),
      await said(second, PROCEEDS, 'goes on and on'),
    ];
    const taken = await store.commands.run('attempt.take-reports', { reports });
    assert.deepEqual(
      taken.map(({ outcome }) => outcome),
      // In PostgreSQL what is said twice, or changes more, is left to commands of its own.
      store.dialect === 'sqlite'
        ? ['kept', 'kept', 'kept', 'ended', 'kept']
        : ['kept', 'alone', 'kept', 'alone', 'alone'],
    );
    assert.ok((await saidBy(second)).includes('goes on, too'));
    const { state } = await fleet.assignment(first.number);
    assert.equal(state, store.dialect === 'sqlite' ? 'failed' : 'installing');
  },

  'who reports is let in as it is now, however often it has said that it goes on': async (fleet) => {
    const all = await begun(fleet);
    const sayAll = async () => {
      const said = await Promise.all(all.map(({ device, number }) => device.report(number, goesOn('more'))));
      return said.map(({ status }) => status);
    };
    const expected = all.map(() => 200);
    for (let round = 0; round < 2; round += 1) assert.deepEqual(await sayAll(), expected);
    const [renewed, gone, ...others] = all as [Begun, Begun, ...Begun[]];
    await fleet.api.call('devices.renew-token', { params: { device: renewed.device.name } });
    await fleet.api.call('devices.decommission', { params: { device: gone.device.name } });
    assert.deepEqual(await sayAll(), [401, 401, ...others.map(() => 200)]);
    await fleet.api.call('settings.change', { body: { targetTokens: false } });
    assert.deepEqual(await sayAll(), [401, 401, ...others.map(() => 401)]);
    await fleet.api.call('settings.change', { body: { targetTokens: true } });
    assert.deepEqual(await sayAll(), [401, 401, ...others.map(() => 200)]);
  },

  'who has said as much as is kept is told so, and the others are not': async (fleet) => {
    const all = await begun(fleet);
    const full = all[DEVICES - 1] as Begun;
    await sayMuch(fleet, full.number);
    const said = await Promise.all(all.map(({ device, number }) => device.report(number, goesOn('more'))));
    assert.deepEqual(
      said.map(({ status }) => status),
      all.map((one) => (one === full ? 429 : 200)),
    );
  },
};

/** As if its device had said all that is kept; written beside the server. */
async function sayMuch({ server, dataDir }: TimedFleet, number: number): Promise<void> {
  if (server.store.dialect === 'postgres') {
    await sql`
      insert into report (attempt, at, kind, details)
      select t.id, 0, 'noted', '[]' from attempt as t, generate_series(1, cast(${MAX_REPORTS_PER_ATTEMPT} as integer))
      where t.number = ${number}`.execute(server.store.reader);
    return;
  }
  const database = new DatabaseSync(path.join(dataDir, 'updraft.db'), { timeout: BUSY_TIMEOUT_MS });
  try {
    database
      .prepare(
        `with recursive n (i) as (select 1 union all select i + 1 from n where i < cast(? as integer))
         insert into report (attempt, at, kind, details) select t.id, 0, 'noted', '[]' from attempt as t, n where t.number = ?`,
      )
      .run(MAX_REPORTS_PER_ATTEMPT, number);
  } finally {
    database.close();
  }
}
