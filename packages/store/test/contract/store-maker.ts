import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { StoreOptions } from '../../src/store.ts';
import type { StoreUnderTest } from '../store-under-test.ts';

/** Opens a store on a new, empty database; undefined where the test was skipped. */
export type StoreMaker = {
  readonly name: string;
  readonly open: (t: TestContext, changes?: Partial<StoreOptions>) => Promise<StoreUnderTest | undefined>;
};

/** One test of the contract, on one database. */
export function storeTest(
  maker: StoreMaker,
  title: string,
  body: (store: StoreUnderTest, t: TestContext) => Promise<void>,
): void {
  void test(`${maker.name}: ${title}`, async (t) => {
    const opened = await maker.open(t);
    if (opened === undefined) return;
    await using store = opened;
    await body(store, t);
  });
}
