import { flushCompileCache } from 'node:module';
import { StoreError } from '@updraft/store';
import { ConfigurationError } from './config/configuration-error.ts';
import { loadSettings } from './config/configuration.ts';
import { createLog } from './log.ts';
import { type RunningServer, startServer } from './server.ts';
import { VERSION } from './version.ts';

/** Exit codes: 0 stopped by a signal, 2 wrong settings, 1 anything else. */
try {
  await run();
} catch (error) {
  process.stderr.write(`updraft: ${reasonOf(error)}\n`);
  process.exitCode = error instanceof ConfigurationError ? 2 : 1;
}

async function run(): Promise<void> {
  if (process.argv.length > 2)
    throw new ConfigurationError(['serve takes no arguments; its settings are UPDRAFT_… variables or UPDRAFT_CONFIG']);
  const log = createLog();
  const settings = await loadSettings(process.env);
  const server = await startServer({ settings, log, onFatal: (error) => end(log, error) });
  announce(server, settings.configuration.dataDir);
  // By itself Node writes it at an orderly end only: a server that is killed would compile everything anew at each start.
  flushCompileCache();
  const { promise: signaled, resolve } = Promise.withResolvers<string>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve(signal));
  log.info({ signal: await signaled }, 'stopping');
  await server.stop();
  log.info('stopped');
}

function announce({ url, firstUser, store }: RunningServer, dataDir: string) {
  if (firstUser !== null) {
    const password = firstUser.madePassword === null ? '' : ` with the password ${firstUser.madePassword}`;
    process.stdout.write(`First start: made the user ${firstUser.name}${password}\n`);
    if (firstUser.isWeak)
      process.stderr.write('updraft: UPDRAFT_ADMIN_PASSWORD is weak; change it before others can reach this server\n');
  }
  process.stdout.write(`Updraft ${VERSION} listens on ${url} (${store.dialect}, data in ${dataDir})\n`);
}

/** A server that cannot write must not go on answering; whoever runs it starts it again. */
function end(log: ReturnType<typeof createLog>, error: Error): never {
  log.fatal({ err: error }, 'the store is lost');
  process.exit(1);
}

function reasonOf(error: unknown): string {
  if (error instanceof ConfigurationError) return error.problems.join('\nupdraft: ');
  if (error instanceof StoreError) return `${error.message}${causeOf(error)}`;
  if (error instanceof Error && 'syscall' in error && error.syscall === 'listen')
    return `UPDRAFT_LISTEN: ${error.message}`;
  if (error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR')
    return `the database in the data directory cannot be opened: ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What the driver says of a database that refuses us; no driver repeats a password. */
function causeOf({ code, cause }: StoreError): string {
  return code === 'database-unreachable' && cause instanceof Error && cause.message !== ''
    ? ` (UPDRAFT_DATABASE_URL): ${cause.message}`
    : '';
}
