import { access, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';
import {
  type ClockOffset,
  type ObjectStore,
  openDiskObjects,
  openStore,
  refuseUnfinishedRestore,
  type Store,
  rolloutSums,
} from '@updraft/store';
import type { FastifyBaseLogger } from 'fastify';
import { type Authenticator, createAuthenticator } from './access/authenticator.ts';
import { createSealer, type Sealer } from './access/sealer.ts';
import { type CommitListeners, createCommitListeners } from './commit-listeners.ts';
import type { Configuration, Settings } from './config/configuration.ts';
import { ConfigurationError } from './config/configuration-error.ts';
import { instanceKeyOf } from './config/instance-key.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { createTransfers, type Transfers } from './http/transfers.ts';
import type { Commands } from './use-cases/commands.ts';

export type ServerOptions = {
  readonly settings: Settings;
  readonly log: FastifyBaseLogger;
  /** Nothing can be written any more: end the process. */
  readonly onFatal: (error: Error) => void;
  /** Tests check every answer against its schema. */
  readonly checkAnswers?: boolean;
  /** Tests let time pass with it. */
  readonly clockOffset?: ClockOffset;
};

/** What management, doors and jobs are built from. */
export type ServerParts = {
  readonly configuration: Configuration;
  readonly log: FastifyBaseLogger;
  readonly store: Store<Commands>;
  readonly commits: CommitListeners;
  readonly objects: ObjectStore;
  readonly sealer: Sealer;
  readonly authenticator: Authenticator;
  readonly transfers: Transfers;
  readonly metrics: Metrics;
  /** Epoch ms. */
  readonly now: () => number;
};

/** Builds them; `building` lets go of each. */
export async function buildParts(
  { settings, log, onFatal, clockOffset }: ServerOptions,
  building: AsyncDisposableStack,
): Promise<ServerParts> {
  const { configuration, secrets } = settings;
  await makeDataDir(configuration.dataDir);
  refuseUnfinishedRestore(configuration.dataDir);
  const sealer = createSealer(await instanceKeyOf(secrets.instanceKey, configuration.dataDir));
  const transfers = createTransfers();
  const metrics = createMetrics(transfers);
  building.defer(() => metrics.close());
  const commits = createCommitListeners();
  const opened = await openStore<Commands>({
    databaseUrl: secrets.databaseUrl,
    dataDir: configuration.dataDir,
    commandsModule: new URL('./use-cases/commands.ts', import.meta.url),
    onCommitted: (touched) => commits.touched(touched),
    onMissed: () => commits.missed(),
    onFatal,
    log,
    ...(clockOffset === undefined ? {} : { clockOffset }),
  });
  building.use(opened);
  const store: Store<Commands> = { ...opened, commands: metrics.watchCommands(opened.commands) };
  const objects = await openDiskObjects(path.join(configuration.dataDir, 'objects'));
  const now = () => Date.now();
  metrics.watchRollouts({
    readSums: () => rolloutSums(store.longReader),
    onUnread: (err) => log.warn({ err }, 'rollouts were not counted for the metrics'),
    now,
  });
  const authenticator = createAuthenticator({
    reader: store.reader,
    now,
    noteTokenUsed: (id) => {
      store.commands
        .run('token.used', { id })
        .catch((err: unknown) => log.warn({ err }, 'a token’s use was not noted'));
    },
  });
  return {
    configuration,
    log,
    store,
    commits,
    objects,
    sealer,
    authenticator,
    transfers,
    metrics,
    now,
  };
}

async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    const problem = `UPDRAFT_DATA_DIR (${dataDir}, ${code}); expected a directory that can be made and written to`;
    throw new ConfigurationError([problem], { cause });
  }
}
