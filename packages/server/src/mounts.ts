import type { AppParts } from './http/app.ts';
import { mountHealth } from './http/health.ts';
import { mountMetrics } from './http/metrics-page.ts';
import { createEventStreams } from './management/event-stream.ts';
import { createHandlers } from './management/handlers.ts';
import type { ServerParts } from './server-parts.ts';

type Mounts = Pick<AppParts, 'handlers' | 'apiMounts' | 'doors' | 'openMounts'>;

/** Set when the server begins to stop. */
type Stopping = { readonly stopping: AbortSignal };

/** Everything that the server answers: management, the doors of devices, and what is open to all. */
export async function createMounts(parts: ServerParts & Stopping): Promise<Mounts> {
  const { store, configuration, stopping } = parts;
  const streams = createEventStreams(parts);
  stopping.addEventListener('abort', () => streams.end(), { once: true });
  const health = { reader: store.reader, dataDir: configuration.dataDir, stopping };
  return {
    handlers: createHandlers(parts),
    apiMounts: [(api) => streams.mount(api)],
    doors: [],
    openMounts: [(open) => mountHealth(open, health), (open) => mountMetrics(open, parts.metrics)],
  };
}
