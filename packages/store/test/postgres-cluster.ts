import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openPostgres } from '../src/database/open-postgres.ts';
import { programsOrSkip } from '../../../test/programs/debian.ts';
import { lastingPort } from '../../../test/programs/lasting-port.ts';
import { mustRun } from '../../../test/programs/run-program.ts';
import { inMemoryOr } from '../../../test/runner/test-folder.ts';

const START_LIMIT_MS = 120_000;
/** Not os.tmpdir(): another user must be able to reach it, and a socket's path has a hundred bytes. */
const DISK = '/tmp';
const SUPERUSER = 'updraft';

/** Where a test makes databases of its own; `await using` lets go of it. */
export type PostgresCluster = AsyncDisposable & {
  /** Makes a new database and gives its address: an empty one, or one that a server need not migrate where the run has made one to copy. */
  readonly createDatabase: (kind?: DatabaseKind) => Promise<string>;
};

type DatabaseKind = 'empty' | 'perhaps-migrated';

/** A private PostgreSQL server; `await using` ends it. */
export type OwnCluster = PostgresCluster & {
  /** The address of its database `postgres`. */
  readonly url: string;
  /** Kills the server with -9 and starts it again on the same files and port. */
  readonly killAndRestart: () => Promise<void>;
};

/** Names a running cluster that all files of a run share: `initdb` and a start cost each of them a second of CPU. */
const SHARED_CLUSTER = 'UPDRAFT_TEST_POSTGRES';

/** The database of a shared cluster that has all tables and no rows: to copy it costs a tenth of making them. */
const MIGRATED = 'migrated';

/**
 * `modest` takes little, syncs nothing and lies in memory: what tests kill is the server, whose writes the kernel keeps. To copy a
 * database of a thousand files takes a third of what it does on a disk.
 */
type ClusterKind = 'modest' | 'as-installed';

const KIND_SETTINGS: Readonly<Record<ClusterKind, readonly string[]>> = {
  modest: ['shared_buffers=32MB', 'fsync=off', 'max_wal_size=256MB'],
  'as-installed': [],
};

/** The run's cluster, else one of our own; undefined after the test was skipped for want of PostgreSQL's programs. */
export async function clusterOrSkip(t: Pick<TestContext, 'skip'>): Promise<PostgresCluster | undefined> {
  const shared = process.env[SHARED_CLUSTER];
  return shared === undefined ? ownClusterOrSkip(t) : sharedCluster(shared);
}

/** A server for all files of a run, with its address in the environment; none without PostgreSQL's programs. */
export async function shareCluster(): Promise<AsyncDisposable | undefined> {
  const cluster = await ownClusterOrSkip({ skip: () => undefined });
  if (cluster === undefined) return undefined;
  await ask(cluster.url, `create database ${MIGRATED}`);
  const onLost = (error: Error): never => {
    throw error;
  };
  const { pool } = await openPostgres(new URL(`/${MIGRATED}`, cluster.url).href, { onLost });
  await pool.end();
  process.env[SHARED_CLUSTER] = cluster.url;
  return cluster;
}

/** A server that nobody else uses; undefined after the test was skipped for want of PostgreSQL's programs. */
export async function ownClusterOrSkip(
  t: Pick<TestContext, 'skip'>,
  kind: ClusterKind = 'modest',
): Promise<OwnCluster | undefined> {
  const programs = programsOrSkip(t, ['initdb', 'postgres']);
  return programs === undefined ? undefined : startPostgresCluster(programs, kind);
}

/** Its databases end with it: what the jobs of a test that is over left open goes on in none of them. */
function sharedCluster(url: string): PostgresCluster {
  const made: string[] = [];
  return {
    createDatabase: async (kind = 'empty') => {
      const name = `t${randomUUID().replaceAll('-', '')}`;
      await ask(url, `create database ${name}${kind === 'empty' ? '' : ` template ${MIGRATED}`}`);
      made.push(name);
      return new URL(`/${name}`, url).href;
    },
    [Symbol.asyncDispose]: async () => {
      // A test may have given one another name.
      for (const name of made) await ask(url, `drop database if exists ${name} with (force)`);
    },
  };
}

async function ask(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * initdb and a server on a free port of 127.0.0.1, files in a folder of its own. PostgreSQL refuses to run as root: there
 * it runs as the user `postgres`, else as us.
 */
async function startPostgresCluster(
  programs: { readonly initdb: string; readonly postgres: string },
  kind: ClusterKind,
): Promise<OwnCluster> {
  const folder = await mkdtemp(path.join(kind === 'modest' ? await inMemoryOr(DISK) : DISK, 'updraft-postgres-'));
  const user = await unprivilegedUser();
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  await chmod(folder, 0o700);
  const data = path.join(folder, 'data');
  await runAs(user, programs.initdb, ['-D', data, '-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N']);
  const port = await lastingPort();
  const settings = ['max_connections=200', 'deadlock_timeout=100ms', ...KIND_SETTINGS[kind]];
  const start = () => startServer({ program: programs.postgres, user, data, folder, port, settings });
  let server = await start();
  let databases = 0;
  const url = (database: string) => `postgres://${SUPERUSER}@127.0.0.1:${port}/${database}`;
  return {
    url: url('postgres'),
    createDatabase: async () => {
      databases += 1;
      await ask(url('postgres'), `create database t${databases}`);
      return url(`t${databases}`);
    },
    killAndRestart: async () => {
      await end(server, 'SIGKILL');
      await rm(path.join(data, 'postmaster.pid'), { force: true });
      server = await startWhenFree(start);
    },
    [Symbol.asyncDispose]: async () => {
      await end(server, 'SIGQUIT');
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

type User = { readonly uid: number; readonly gid: number };

async function unprivilegedUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = await readFile('/etc/passwd', 'utf8');
  const line = /^(?:postgres|nobody):[^:]*:(\d+):(\d+):/m.exec(users);
  if (line === null) throw new Error('there is no user "postgres" or "nobody" to run PostgreSQL as');
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

async function runAs(user: User | undefined, program: string, args: readonly string[]): Promise<void> {
  if (user === undefined) {
    await mustRun(program, args);
    return;
  }
  const drop = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups'];
  await mustRun('setpriv', [...drop, program, ...args], { folder: '/' });
}

type ServerFiles = {
  readonly program: string;
  readonly user: User | undefined;
  readonly data: string;
  readonly folder: string;
  readonly port: number;
  readonly settings: readonly string[];
};

async function startServer({ program, user, data, folder, port, settings }: ServerFiles): Promise<ChildProcess> {
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
  const set = settings.flatMap((setting) => ['-c', setting]);
  const server = spawn(program, [...args, ...set], { ...user, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  server.stderr?.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(-4000);
  });
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await answers(port))) {
    if (server.exitCode !== null || Date.now() > deadline) throw new Error(`PostgreSQL did not start:\n${said}`);
    await sleep(20);
  }
  return server;
}

async function answers(port: number): Promise<boolean> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: SUPERUSER, database: 'postgres' });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** A start refuses files whose shared memory the children of one that was killed hold yet: they notice it when they next look. */
const IS_HELD = /pre-existing shared memory block .* is still in use/;

async function startWhenFree(start: () => Promise<ChildProcess>): Promise<ChildProcess> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof Error && IS_HELD.test(error.message)) || Date.now() > deadline) throw error;
      await sleep(20);
    }
  }
}

/** The postmaster dies at once; its children notice that and follow. */
async function end(server: ChildProcess, signal: 'SIGKILL' | 'SIGQUIT'): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill(signal);
  await exited;
}
