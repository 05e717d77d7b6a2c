import type { TestContext } from 'node:test';
import type { StoreMaker } from './contract/store-maker.ts';
import type { PostgresCluster } from './postgres-cluster.ts';
import { clusterOrSkip } from './postgres-cluster.ts';
import { aStore } from './store-under-test.ts';

/** One cluster for the tests of a file, made for the first; each store has a database of its own. */
export function postgresMaker(): {
  readonly maker: StoreMaker;
  readonly cluster: (t: TestContext) => Promise<PostgresCluster | undefined>;
  readonly end: () => Promise<void>;
} {
  let started: Promise<PostgresCluster | undefined> | undefined;
  const cluster = async (t: TestContext) => {
    started ??= clusterOrSkip(t);
    const running = await started;
    // Only the first of them was told.
    if (running === undefined) t.skip('PostgreSQL is missing');
    return running;
  };
  return {
    maker: {
      name: 'PostgreSQL',
      open: async (t, changes) => {
        const url = await (await cluster(t))?.createDatabase('perhaps-migrated');
        return url === undefined ? undefined : aStore(url, changes);
      },
    },
    cluster,
    end: async () => (await started)?.[Symbol.asyncDispose](),
  };
}
