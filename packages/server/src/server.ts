import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '@updraft/store';
import type { FastifyInstance } from 'fastify';
import type { Configuration } from './config/configuration.ts';
import { readTlsMaterial } from './config/tls-material.ts';
import { type FirstUser, makeFirstUser } from './first-start.ts';
import { buildParts, type ServerOptions } from './server-parts.ts';
import type { Commands } from './use-cases/commands.ts';

/** What a graceful stop leaves running downloads and uploads. */
export const STOP_GRACE_SECONDS = 10;
const DRAIN_LOOK_MS = 50;

export interface RunningServer {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly store: Store<Commands>;
  /** Set at the first start. */
  readonly firstUser: FirstUser | null;
  /** Writes which devices were in contact now instead of at the next flush. */
  readonly writeContacts: () => Promise<void>;
  /** Does what is due now instead of at the next tick. */
  readonly settleJobs: () => Promise<void>;
  /** Stops accepting, leaves transfers {@link STOP_GRACE_SECONDS}, and lets go of everything. May be called again. */
  stop(): Promise<void>;
}

/**
 * Builds the server and listens. `building` holds what is to be let go of, in reverse: also when a later step fails.
 * Throws a ConfigurationError, a StoreError, or what listening throws.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  await using building = new AsyncDisposableStack();
  const { configuration } = options.settings;
  const tls = await readTlsMaterial(configuration);
  // The writer's thread starts and the database opens while the rest is loaded.
  const [parts, { buildApp }, { createMounts }, { startJobs }] = await Promise.all([
    buildParts(options, building),
    import('./http/app.ts'),
    import('./mounts.ts'),
    import('./jobs/job-runner.ts'),
  ]);
  const firstUser = await makeFirstUser(parts.store, options.settings);
  const stopping = new AbortController();
  const checkAnswers = options.checkAnswers ?? false;
  const { writeContacts, ...mounts } = await createMounts(
    { ...parts, stopping: stopping.signal, checkAnswers, clientAuthorities: tls?.clientAuthorities ?? [] },
    building,
  );
  const app = await buildApp({
    ...mounts,
    log: options.log,
    tls,
    trustedProxies: configuration.trustedProxies,
    publicUrl: configuration.publicUrl,
    checkAnswers,
    fingerprint: parts.sealer.fingerprint,
    authenticator: parts.authenticator,
    watch: (instance) => parts.metrics.watchRequests(instance),
  });
  building.defer(() => drain(app));
  building.defer(() => stopping.abort());
  await app.listen({ host: configuration.listen.host, port: configuration.listen.port, listenTextResolver });
  const jobs = building.use(await startJobs(parts));
  const running = building.move();
  return {
    url: urlOf(app, configuration),
    store: parts.store,
    firstUser,
    writeContacts,
    settleJobs: jobs.settle,
    stop: () => running.disposeAsync(),
  };
}

/** Connections without a request are closed at once, those with one when it is answered, all when the time is over. */
async function drain(app: FastifyInstance): Promise<void> {
  const deadline = Date.now() + STOP_GRACE_SECONDS * 1000;
  let isClosed = false;
  const closed = app.close().finally(() => {
    isClosed = true;
  });
  while (!isClosed && Date.now() < deadline) {
    app.server.closeIdleConnections();
    await Promise.race([closed, sleep(DRAIN_LOOK_MS)]);
  }
  if (!isClosed) app.server.closeAllConnections();
  await closed;
}

function listenTextResolver(address: string): string {
  return `listening on ${address}`;
}

function urlOf(app: FastifyInstance, configuration: Configuration): string {
  const { address, family, port } = app.server.address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `${configuration.tls === null ? 'http' : 'https'}://${host}:${port}`;
}
