import type { Touched } from '../src/command.ts';
import type { Store, StoreOptions } from '../src/store.ts';
import { openStore } from '../src/store.ts';
import type { commands } from './commands/trial-commands.ts';
import { aTemporaryFolder } from './temporary-folder.ts';

type TrialStore = Store<typeof commands>;
export type StoreUnderTest = TrialStore & {
  readonly options: StoreOptions;
  /** What was told of commits, in order. */
  readonly told: readonly Touched[];
  readonly fatal: readonly Error[];
  readonly missed: { count: number };
};

export const COMMANDS_MODULE = new URL('./commands/trial-commands.ts', import.meta.url);

/** A store on a SQLite file of its own. */
export function aSqliteStore(changes: Partial<StoreOptions> = {}): Promise<StoreUnderTest> {
  return aStore('sqlite:', changes);
}

/** A store with the trial commands; its folder goes with it. What it logs is lost: tests look at what it does. */
export async function aStore(databaseUrl: string, changes: Partial<StoreOptions> = {}): Promise<StoreUnderTest> {
  const folder = await aTemporaryFolder();
  const told: Touched[] = [];
  const fatal: Error[] = [];
  const missed = { count: 0 };
  const options: StoreOptions = {
    databaseUrl,
    dataDir: folder.path,
    commandsModule: COMMANDS_MODULE,
    onCommitted: (touched) => void told.push(touched),
    onMissed: () => void (missed.count += 1),
    onFatal: (error) => void fatal.push(error),
    log: { warn: () => undefined, error: () => undefined },
    ...changes,
  };
  const store = await openStore<typeof commands>(options);
  return {
    ...store,
    options,
    told,
    fatal,
    missed,
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
