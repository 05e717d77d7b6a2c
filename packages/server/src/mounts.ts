import path from 'node:path';
import { openDiskObjects } from '@updraft/store';
import { AnswerCache } from './doors/answer-cache.ts';
import { openDoors } from './doors/open-doors.ts';
import type { AppParts } from './http/app.ts';
import { mountHealth } from './http/health.ts';
import { mountMetrics } from './http/metrics-page.ts';
import { startHousekeeping } from './jobs/housekeeping.ts';
import { createEventStreams } from './management/event-stream.ts';
import { createHandlers } from './management/handlers.ts';
import { openSoftware } from './management/software.ts';
import type { ServerParts } from './server-parts.ts';
import { tenantObjects } from './tenant-objects.ts';

type Mounts = Pick<AppParts, 'handlers' | 'apiMounts' | 'doors' | 'openMounts'>;

/** Aborted when the server begins to stop. */
type Stopping = { readonly stopping: AbortSignal };

/** Everything that the server answers: management, the doors of devices, and what is open to all. */
export async function createMounts(parts: ServerParts & Stopping, building: AsyncDisposableStack): Promise<Mounts> {
  const { store, configuration, stopping, transfers, sealer, log, now } = parts;
  const { dataDir, publicUrl } = configuration;
  const disk = await openDiskObjects(path.join(dataDir, 'objects'));
  const objects = tenantObjects(disk, now);
  const { fingerprint } = sealer;
  const software = building.use(await openSoftware({ store, objects, dataDir, transfers, fingerprint, publicUrl }));
  building.use(startHousekeeping({ store, objects: disk, software, log, now }));
  const answers = answerCacheFor(parts);
  const doors = building.use(openDoors({ store, objects, transfers, publicUrl, answers, log }));
  const streams = createEventStreams(parts);
  stopping.addEventListener('abort', () => streams.end(), { once: true });
  const health = { reader: store.reader, dataDir, stopping };
  return {
    handlers: { ...createHandlers(parts), ...software.handlers },
    apiMounts: [...software.mounts, (api) => streams.mount(api)],
    doors: doors.mounts,
    openMounts: [(open) => mountHealth(open, health), (open) => mountMetrics(open, parts.metrics)],
  };
}

/** On PostgreSQL another server's commit is heard of too late: there every poll reads. */
function answerCacheFor({ store, commits }: ServerParts): AnswerCache | null {
  if (store.dialect !== 'sqlite') return null;
  const answers = new AnswerCache();
  commits.onTouched((touched) => answers.drop(touched));
  return answers;
}
