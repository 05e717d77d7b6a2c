import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { startServerProcess, temporaryFolder, type ServerProcess } from '@updraft/fleet';
import launch from '../../bin/launch.cjs';
import type { Job, JobResult } from './jobs.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

export type Generator = WorkerProcess<Job, JobResult>;

export const FOLDER_PREFIX = 'updraft-bench-';

/** What every benchmark needs: a real server process on SQLite in a temporary folder, and a load generator beside it. */
export type Scene = AsyncDisposable & { readonly server: ServerProcess; readonly generator: Generator };

/** How the server of a scene is started. */
export type SceneServer = {
  /** For the server's Node. */
  readonly nodeFlags?: readonly string[];
  /** PostgreSQL's address; none: SQLite in the folder. */
  readonly databaseUrl?: string;
  /** Whose it stays; none: one that goes with the scene. */
  readonly folder?: string;
};

/** Sets the scene. */
export async function setScene(how: SceneServer = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const folder = how.folder ?? stack.use(await temporaryFolder(FOLDER_PREFIX)).path;
  const server = stack.use(await startServer(folder, how));
  const generator = stack.use(startWorkerProcess<Job, JobResult>('generator.ts'));
  stack.defer(() => showErrors(server));
  const kept = stack.move();
  return { server, generator, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** What went wrong inside the server is told beside the figures. */
function showErrors(server: ServerProcess): void {
  const errors = server
    .output()
    .split('\n')
    .filter((line) => /^\{"level":[56]0/.test(line));
  for (const line of errors) process.stderr.write(`server: ${line}\n`);
}

/** Starts a server process of its own, without the launcher, so that its figures are its own. */
export function startServer(
  folder: string,
  { nodeFlags = [], databaseUrl }: Omit<SceneServer, 'folder'> = {},
): Promise<ServerProcess> {
  return startServerProcess({
    environment: { ...launch.ENVIRONMENT, ...(databaseUrl === undefined ? {} : onPostgres(databaseUrl)) },
    dataDir: path.join(folder, 'data'),
    signal: new AbortController().signal,
    nodeFlags: [...launch.NODE_FLAGS, ...launch.SERVER_FLAGS, ...nodeFlags],
  });
}

function onPostgres(databaseUrl: string): NodeJS.ProcessEnv {
  return { UPDRAFT_DATABASE_URL: databaseUrl, UPDRAFT_INSTANCE_KEY: randomBytes(32).toString('hex') };
}
