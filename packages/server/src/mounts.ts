import { type DoorParts, type Doors, openDoors } from './open-doors.ts';
import { endedKept } from './doors/hawkbit-management/door-settings.ts';
import { mountManagement } from './doors/hawkbit-management/mount-management.ts';
import { createForecaster } from './forecast/forecaster.ts';
import type { AppParts } from './http/app.ts';
import { mountDocs } from './http/docs/mount-docs.ts';
import { mountHealth } from './http/health.ts';
import { mountMetrics } from './http/metrics-page.ts';
import { startForecastKeeper } from './jobs/forecast-keeper.ts';
import { startHousekeeping } from './jobs/housekeeping.ts';
import { createEventStreams } from './management/event-stream.ts';
import { forecastHandlers } from './management/forecasts.ts';
import { createHandlers } from './management/handlers.ts';
import { mountReportFile } from './management/report-file.ts';
import { openSoftware } from './management/software.ts';
import type { ServerParts } from './server-parts.ts';

type Mounts = Pick<AppParts, 'handlers' | 'apiMounts' | 'doors' | 'shortcuts' | 'openMounts'> &
  Pick<Doors, 'writeContacts'>;

/** Aborted when the server begins to stop. */
type Stopping = { readonly stopping: AbortSignal; /** See MountOptions. */ readonly checkAnswers: boolean };
type MountParts = ServerParts & Stopping & Pick<DoorParts, 'clientAuthorities'>;

/** Everything that the server answers: management, the doors of devices, and what is open to all. */
export async function createMounts(parts: MountParts, building: AsyncDisposableStack): Promise<Mounts> {
  const { configuration, sealer, metrics, stopping, store } = parts;
  const { dataDir, publicUrl, quotas } = configuration;
  const { fingerprint } = sealer;
  const software = building.use(await openSoftware({ ...parts, dataDir, fingerprint, publicUrl }));
  const endedKeptOf = (tenant: number) => endedKept(store.longReader, tenant);
  building.use(startHousekeeping({ ...parts, software, endedKeptOf }));
  const forecaster = createForecaster();
  building.use(startForecastKeeper({ ...parts, forecaster }));
  // Ends before the keeper, which would wait for what is being played.
  building.use(forecaster);
  const doors = building.use(openDoors(parts));
  const streams = createEventStreams(parts);
  stopping.addEventListener('abort', () => streams.end(), { once: true });
  return {
    handlers: { ...createHandlers(parts), ...software.handlers, ...forecastHandlers({ store, forecaster }) },
    apiMounts: [...software.mounts, (api) => streams.mount(api), (api) => mountReportFile(api, { store })],
    doors: [
      ...doors.mounts,
      (app) => {
        const { parts: softwareParts, publish } = software;
        const { writeContacts } = doors;
        return mountManagement(app, {
          ...parts,
          publicUrl,
          quotas,
          software: softwareParts,
          publish,
          writeContacts,
        });
      },
    ],
    shortcuts: doors.shortcuts,
    writeContacts: doors.writeContacts,
    openMounts: [
      mountDocs,
      (open) => mountHealth(open, { reader: store.reader, dataDir, stopping }),
      (open) => mountMetrics(open, metrics),
    ],
  };
}
