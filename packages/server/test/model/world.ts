import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { apiClient, type ApiClient } from '@updraft/protocols';
import { aServer, basic, PASSWORD, type Owner, type TestServer } from '../a-server.ts';
import { publishRelease } from '../a-fleet.ts';
import { deviceWire, type DeviceWire } from './device-wire.ts';
import type { ModelRelease } from './model-state.ts';
import { createVirtualClock } from './virtual-clock.ts';

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
  readonly wire: DeviceWire;
  readonly releases: readonly ModelRelease[];
  readonly provingType: string;
  readonly dialect: 'sqlite' | 'postgres';
  now: number;
  runs: number;
  readonly setClock: (to: number) => void;
  readonly restart: () => Promise<void>;
};

export async function aWorld(owner: Owner, environment: Readonly<Record<string, string>> = {}): Promise<World> {
  const clock = createVirtualClock();
  const letGo = new AsyncDisposableStack();
  owner.after(() => letGo.disposeAsync());
  const keeper: Owner = {
    after: (last) => {
      letGo.defer(last);
    },
  };
  clock.set(BEGINS_AT);
  const dataDir = await mkdtemp(path.join(await fastFolder(), 'updraft-model-'));
  letGo.defer(() => rm(dataDir, { recursive: true }));
  const first = await aServer(keeper, { clockOffset: clock.offset, environment, dataDir });
  const { secret } = await first.api.call('tokens.create', { body: { name: 'model', kind: 'personal' } });
  await first.api.call('users.create', { body: { name: APPROVER, password: PASSWORD } });
  const provingType = await prepare(first);
  const releases = await publishAll(first);
  const opened = (server: TestServer) => ({
    server,
    api: apiClient({ baseUrl: server.url, authorization: `Bearer ${secret}` }),
    approver: apiClient({ baseUrl: server.url, authorization: basic(APPROVER, PASSWORD) }),
    wire: deviceWire(server.url),
  });
  const world = {
    ...opened(first),
    releases,
    provingType,
    dialect: first.server.store.dialect,
    now: BEGINS_AT,
    runs: 0,
    setClock: clock.set,
    restart: async () => {
      world.wire.close();
      await world.server.server.stop();
      Object.assign(world, opened(await aServer(keeper, { clockOffset: clock.offset, environment, dataDir })));
    },
  };
  letGo.defer(() => world.wire.close());
  return world;
}

/** In memory where the system has such: what a lost power does is not this test's matter. */
async function fastFolder(): Promise<string> {
  const isThere = await access('/dev/shm', constants.W_OK).then(
    () => true,
    () => false,
  );
  return isThere ? '/dev/shm' : tmpdir();
}

async function prepare({ api }: TestServer): Promise<string> {
  const settings = await api.call('settings.show');
  await api.call('settings.change', { body: { zoneAttribute: 'zone' }, ifMatch: settings.revision });
  const { name } = await api.call('device-types.create', { body: { name: 'proving', versionAttribute: 'version' } });
  return name;
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
    releases.push({ id, version, module });
  }
  return releases;
}
