import { openStore, type CommandMap, type Store, type StoreOptions } from '@updraft/store';

type Place = Pick<StoreOptions, 'databaseUrl' | 'dataDir' | 'commandsModule'>;

/** A store without a server: nobody listens to its commits, and what is fatal to it fails the test. */
export async function aQuietStore<M extends CommandMap>(place: Place): Promise<Store<M>> {
  return openStore<M>({
    ...place,
    onFatal: (error) => {
      throw error;
    },
    log: { warn: () => undefined, error: () => undefined },
  });
}
