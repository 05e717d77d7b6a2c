import assert from 'node:assert/strict';
import { advanceClock, createClockOffset, type ClockOffset } from '@updraft/store';
import type { TestContext } from 'node:test';
import { aServer, type TestServer } from '../a-server.ts';
import { ddiClient, publishRelease, type DdiClient, type Release } from '../a-fleet.ts';
import { judgeLaws } from './laws.ts';
import type { Model, ModelDevice } from './model-state.ts';
import { storedFacts, type StoredFacts } from './stored-facts.ts';

export const DEVICES_PER_RUN = 5;
const RELEASES = 4;

/** The server under test, which runs go on with each other on; it can be stopped and started again on its data. */
export type World = {
  readonly server: TestServer;
  readonly releases: readonly Release[];
  readonly pass: (seconds: number) => void;
  readonly now: () => Promise<number>;
  readonly restart: () => Promise<void>;
  /** New devices that no other run has. */
  readonly devices: (run: number) => Promise<readonly ModelDevice[]>;
  /** The port changes with a restart. */
  readonly client: (device: ModelDevice) => DdiClient;
};

export async function aWorld(t: TestContext): Promise<World> {
  const clockOffset: ClockOffset = createClockOffset();
  let server = await aServer(t, { clockOffset });
  const { dataDir } = server;
  const releases: Release[] = [];
  for (let version = 1; version <= RELEASES; version += 1) releases.push(await publishRelease(server, { name: 'system', version: `${version}.0` }));
  return {
    get server() {
      return server;
    },
    releases,
    pass: (seconds) => advanceClock(clockOffset, seconds * 1000),
    now: () => server.server.store.now(),
    restart: async () => {
      await server.server.stop();
      server = await aServer(t, { clockOffset, dataDir });
    },
    devices: (run) =>
      Promise.all(Array.from({ length: DEVICES_PER_RUN }, (_, index) => join(server, `r${run}-${index}`))),
    client: ({ name, token }) => ddiClient(server.url, { name, authorization: `TargetToken ${token}` }),
  };
}

async function join(server: TestServer, name: string): Promise<ModelDevice> {
  const { token } = await server.api.call('devices.create', { body: { name } });
  return { name, token, answered: new Map(), link: null };
}

/** What is real beside the model: the world, and the facts of the last look. */
export class Real {
  readonly world: World;
  #before: StoredFacts | null = null;
  steps = 0;

  constructor(world: World) {
    this.world = world;
  }

  async facts(model: Model): Promise<StoredFacts> {
    return storedFacts(this.world.server.server.store.reader, {
      devices: model.devices.map(({ name }) => name),
      rollouts: model.rollouts.map(({ number }) => number),
    });
  }

  /** Lets the jobs do what is due, and judges. */
  async judge(model: Model): Promise<void> {
    this.steps += 1;
    await this.world.server.server.settleJobs();
    const facts = await this.facts(model);
    judgeLaws(model, facts, this.#before);
    this.#before = facts;
    assert.ok(facts.assignments.length >= 0);
  }
}
