import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { apiClient, type ApiClient } from '@updraft/protocols';
import { createClockOffset, standClock, type ClockOffset } from '@updraft/store';
import { inMemoryOr } from '../../../../test/runner/test-folder.ts';
import { aServer, basic, PASSWORD, type Owner, type TestServer } from '../a-server.ts';
import { publishRelease } from '../a-fleet.ts';
import type { DeviceKind } from './command.ts';
import { remainsOf, type Place } from './crash.ts';
import { wireTo, type ModelWire } from './model-wire.ts';
import type { ModelRelease } from './model-state.ts';

const RELEASES = 4;
const APPROVER = 'approver';
/** Runs begin here, so that the same seed meets the same changes of the clock. */
const BEGINS_AT = Date.parse('2031-01-06T12:00:00Z');

/** The server under test, on which runs go on after each other; it can be stopped and started on its data. */
export type World = {
  readonly server: TestServer;
  readonly api: ApiClient;
  /** As a person who made nothing. */
  readonly approver: ApiClient;
  readonly wire: ModelWire;
  readonly releases: readonly ModelRelease[];
  readonly dialect: 'sqlite' | 'postgres';
  now: number;
  runs: number;
  /** The server's clock stands there (epoch ms), however long a step takes: the same seed is the same run on any machine. */
  readonly setClock: (to: number) => void;
  /** `how` the old one ends: in order, or dead where it stands. The clock is set to `at` before the new one begins. */
  readonly restart: (how: Ending, at: number) => Promise<void>;
};

export type Ending = 'stopped' | 'killed';

export async function aWorld(owner: Owner, environment: Readonly<Record<string, string>> = {}): Promise<World> {
  const clock = createClockOffset();
  standClock(clock, BEGINS_AT);
  // What a lost power does is not this test's matter.
  const dataDir = await mkdtemp(path.join(await inMemoryOr(tmpdir()), 'updraft-model-'));
  let standing = await stand({ dataDir, environment }, clock);
  owner.after(() => standing.end());
  const { server: first } = standing;
  const { secret } = await first.api.call('tokens.create', { body: { name: 'model', kind: 'personal' } });
  await first.api.call('users.create', { body: { name: APPROVER, password: PASSWORD } });
  await prepare(first);
  const releases = await publishAll(first);
  const opened = ({ server, wire }: Standing) => ({
    server,
    api: apiClient({ baseUrl: server.url, authorization: `Bearer ${secret}`, fetch: wire.fetch }),
    approver: apiClient({ baseUrl: server.url, authorization: basic(APPROVER, PASSWORD), fetch: wire.fetch }),
    wire,
  });
  const world: World = {
    ...opened(standing),
    releases,
    dialect: first.server.store.dialect,
    now: BEGINS_AT,
    runs: 0,
    setClock: (to) => standClock(clock, to),
    restart: async (how, at) => {
      const old = standing;
      const place = how === 'killed' ? await remainsOf(old.place) : old.place;
      await old.end(place.dataDir);
      standClock(clock, at);
      standing = await stand(place, clock);
      Object.assign(world, opened(standing));
    },
  };
  return world;
}

/** A server on its data. */
type Standing = {
  readonly place: Place;
  readonly server: TestServer;
  readonly wire: ModelWire;
  /** Its folder goes with it, unless the next one takes it over. */
  readonly end: (keptDir?: string) => Promise<void>;
};

async function stand(place: Place, clockOffset: ClockOffset): Promise<Standing> {
  const letGo = new AsyncDisposableStack();
  const keeper: Owner = {
    after: (last) => {
      letGo.defer(last);
    },
  };
  const server = await aServer(keeper, { ...place, clockOffset });
  const wire = wireTo(server.url);
  letGo.defer(() => wire.close());
  const end = async (keptDir?: string) => {
    await letGo.disposeAsync();
    if (keptDir !== place.dataDir) await rm(place.dataDir, { recursive: true });
  };
  return { place, server, wire, end };
}

async function prepare({ api }: TestServer): Promise<void> {
  const settings = await api.call('settings.show');
  await api.call('settings.change', {
    body: { zoneAttribute: 'zone', siteAttribute: 'site' },
    ifMatch: settings.revision,
  });
  for (const refusesDowngrade of [false, true])
    for (const provesVersion of [false, true]) {
      const name = typeNameOf({ provesVersion, refusesDowngrade });
      const downgrade = refusesDowngrade ? 'refused' : 'allowed';
      const evidence = provesVersion ? { versionAttribute: 'version' } : {};
      if (name !== null) await api.call('device-types.create', { body: { name, downgrade, ...evidence } });
    }
}

/** null: of no type, which proves nothing and goes back as it is told. */
export function typeNameOf({ provesVersion, refusesDowngrade }: Omit<DeviceKind, 'splits'>): string | null {
  if (!provesVersion && !refusesDowngrade) return null;
  return `${provesVersion ? 'proving' : 'plain'} ${refusesDowngrade ? 'forward' : 'both'}`;
}

async function publishAll(server: TestServer): Promise<readonly ModelRelease[]> {
  const releases: ModelRelease[] = [];
  for (let number = 1; number <= RELEASES; number += 1) {
    const { id, version } = await publishRelease(server, { name: 'system', version: `${number}.0` });
    const { component: module } = await server.server.store.reader
      .selectFrom('release_component as c')
      .innerJoin('release as r', 'r.id', 'c.release')
      .select('c.component')
      .where('r.uid', '=', id)
      .executeTakeFirstOrThrow();
    releases.push({ id, version, counter: number, module });
  }
  return releases;
}
