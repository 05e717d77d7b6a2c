import { statfs } from 'node:fs/promises';
import type { Schema } from '@updraft/store';
import type { FastifyInstance } from 'fastify';
import { type Kysely, sql } from 'kysely';
import { sendProblem } from './problems.ts';

/** With less room than this the server takes no artifacts and may soon not write at all. */
export const MIN_FREE_DISK_MEBIBYTES = 64;
const DATABASE_ANSWERS_WITHIN_MS = 2000;

export type HealthParts = {
  readonly reader: Kysely<Schema>;
  readonly dataDir: string;
  /** Aborted when the server begins to stop. */
  readonly stopping: AbortSignal;
};

/** `/healthz`: the process is alive. `/readyz`: it can serve; its database's schema is to date since the start. */
export function mountHealth(app: FastifyInstance, parts: HealthParts) {
  app.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
    const errors = await findObstacles(parts);
    if (errors.length === 0) return reply.send({ status: 'ready' });
    const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
    return sendProblem(reply, { problem: 'not-ready', detail, errors });
  });
}

async function findObstacles({ reader, dataDir, stopping }: HealthParts) {
  const [database, free] = await Promise.all([answers(reader), freeMebibytes(dataDir)]);
  const isFull = free < MIN_FREE_DISK_MEBIBYTES;
  return [
    ...(stopping.aborted ? [{ path: 'server', message: 'it is stopping' }] : []),
    ...(database ? [] : [{ path: 'database', message: 'it does not answer' }]),
    ...(isFull ? [{ path: 'disk', message: `less than ${MIN_FREE_DISK_MEBIBYTES} MiB are free` }] : []),
  ];
}

async function answers(reader: Kysely<Schema>): Promise<boolean> {
  const late = AbortSignal.timeout(DATABASE_ANSWERS_WITHIN_MS);
  const { promise: isLate, resolve } = Promise.withResolvers<boolean>();
  late.addEventListener('abort', () => resolve(false), { once: true });
  const asked = sql`select 1`.execute(reader).then(
    () => true,
    () => false,
  );
  return Promise.race([asked, isLate]);
}

async function freeMebibytes(dataDir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dataDir);
  return (bavail * bsize) / 1_048_576;
}
