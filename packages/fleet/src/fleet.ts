import { realClock, type Clock } from './clock.ts';
import type { DeviceBelief } from './beliefs.ts';
import { newDevice, type Activity, type ClientSettings, type DeviceSetup, type World } from './device.ts';
import { live } from './life.ts';
import { Statistics, type FleetSummary } from './statistics.ts';
import { Timeline } from './timeline.ts';
import { Wire } from './wire.ts';

/** SWUpdate's own defaults. */
const SWUPDATE_SETTINGS: ClientSettings = {
  pollDelaySeconds: 45,
  downloadRetries: 5,
  downloadRetrySeconds: 5,
  reportRetrySeconds: 10,
  versionAttribute: 'version',
};

const DEFAULT_TENANT = 'DEFAULT';
const DEFAULT_MAX_SOCKETS = 64;

export type FleetOptions = {
  /** `http://host:port` or `https://…`. */
  readonly serverUrl: string;
  readonly tenant?: string;
  readonly devices: readonly DeviceSetup[];
  /** Certificate authority of an `https:` server, PEM. */
  readonly ca?: string;
  readonly settings?: Partial<ClientSettings>;
  /** Equal seeds give equal starts and install times. */
  readonly seed?: number;
  readonly clock?: Clock;
  readonly maxSockets?: number;
  /** Is told whenever a device turns to something else. */
  readonly onActivity?: (device: string, activity: Activity) => void;
};

/** Devices that live until they are disposed of. `finished` resolves when none lives any more. */
export type Fleet = AsyncDisposable & {
  readonly finished: Promise<void>;
  summary(): FleetSummary;
  activities(): ReadonlyMap<string, Activity>;
  /** What each device believes now. */
  beliefs(): ReadonlyMap<string, DeviceBelief>;
};

/** Lets simulated devices loose on a server: thousands share one process, one timer and a few sockets. */
export function startFleet(options: FleetOptions): Fleet {
  const activities = new Map<string, Activity>();
  const statistics = new Statistics();
  const timeline = new Timeline(options.clock ?? realClock());
  const [bornAt, bornAtMs] = [timeline.now(), Date.now()];
  const { ca, maxSockets = DEFAULT_MAX_SOCKETS } = options;
  const wire = new Wire({ maxSockets, ...(ca === undefined ? {} : { ca }) }, statistics);
  const world: World = {
    timeline,
    wire,
    statistics,
    tenantUrl: `${options.serverUrl.replace(/\/+$/, '')}/${options.tenant ?? DEFAULT_TENANT}`,
    seed: options.seed ?? 1,
    settings: { ...SWUPDATE_SETTINGS, ...options.settings },
    wallClock: () => bornAtMs + timeline.now() - bornAt,
    onActivity(device, activity) {
      activities.set(device, activity);
      options.onActivity?.(device, activity);
    },
  };
  const devices = options.devices.map((setup) => newDevice(setup, world));
  const finished = Promise.all(devices.map(live)).then(() => undefined);
  return {
    finished,
    summary: () => statistics.summary(),
    activities: () => activities,
    beliefs: () => new Map(devices.map(({ setup, belief }) => [setup.name, belief])),
    async [Symbol.asyncDispose]() {
      timeline[Symbol.dispose]();
      wire[Symbol.dispose]();
      await finished;
    },
  };
}
