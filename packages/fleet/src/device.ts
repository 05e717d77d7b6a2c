import { behaviourAt, type Behaviour } from './behaviour.ts';
import { newBelief, type DeviceBelief } from './beliefs.ts';
import { chance } from './chance.ts';
import type { OfflineHours } from './offline-hours.ts';
import type { Statistics } from './statistics.ts';
import type { Timeline } from './timeline.ts';
import type { Answer, Call, ClientName, Wire } from './wire.ts';

/** A device as it leaves the factory. */
export type DeviceSetup = {
  readonly name: string;
  /** Its place in the fleet: with the fleet's seed it decides all that is chance about the device. */
  readonly index: number;
  readonly credential: { readonly scheme: 'TargetToken' | 'GatewayToken'; readonly token: string };
  readonly behaviour: Behaviour;
  /** The version that it runs at first. */
  readonly version: string;
  /** What it says of itself beside its version. */
  readonly attributes: Readonly<Record<string, string>>;
  /** In which it tells its version, where that is another than the fleet's. */
  readonly versionAttribute?: string;
  /** Where it polls at an interval of its own, whatever the server says. */
  readonly pollSeconds?: number;
  /** When it asks for nothing. */
  readonly offline?: OfflineHours;
  /** How much its clock is ahead of ours. */
  readonly clockAheadSeconds?: number;
};

/** What a device is doing, in its own eyes. `silent` and `stopped` are for ever. */
export type Activity =
  | 'starting'
  | 'idle'
  | 'downloading'
  | 'installing'
  | 'rebooting'
  | 'reporting'
  | 'silent'
  | 'stopped';

/** How a device's client is set up; seconds of simulated time. SWUpdate's own defaults stand in `fleet.ts`. */
export type ClientSettings = {
  /** Between polls until the server has told its own interval. */
  readonly pollDelaySeconds: number;
  readonly downloadRetries: number;
  readonly downloadRetrySeconds: number;
  /** Until the report after a restart is sent again, where the server did not take it. */
  readonly reportRetrySeconds: number;
  /** The attribute in which devices tell their version. */
  readonly versionAttribute: string;
};

/** What all devices of a fleet share. `tenantUrl` ends without a slash. */
export type World = {
  readonly timeline: Timeline;
  readonly wire: Wire;
  readonly statistics: Statistics;
  readonly tenantUrl: string;
  readonly seed: number;
  readonly settings: ClientSettings;
  /** What its clocks would show if none was wrong, epoch ms of simulated time. */
  readonly wallClock: () => number;
  readonly onActivity: (device: string, activity: Activity) => void;
};

/** One device in its world; `belief` and `updates`, how many it has taken so far, change as it lives. */
export type Device = {
  readonly setup: DeviceSetup;
  readonly world: World;
  readonly belief: DeviceBelief;
  updates: number;
};

export function newDevice(setup: DeviceSetup, world: World): Device {
  return { setup, world, belief: newBelief(setup.version), updates: 0 };
}

/** How it goes about the update that it is in. */
export function behaviourOf({ setup, updates }: Device): Behaviour {
  return behaviourAt(setup.behaviour, updates);
}

/** From 0 up to 1, always the same for this device and these words. */
export function chanceOf({ setup, world }: Device, ...words: readonly string[]): number {
  return chance(world.seed, `${setup.index}`, ...words);
}

export function deviceUrl({ setup, world }: Device): string {
  return `${world.tenantUrl}/controller/v1/${encodeURIComponent(setup.name)}`;
}

export function authorizationOf({ setup: { credential } }: Device): string {
  return `${credential.scheme} ${credential.token}`;
}

export function ask(device: Device, call: Omit<Call, 'authorization' | 'client'>): Promise<Answer> {
  return device.world.wire.ask({ ...call, authorization: authorizationOf(device), client: clientOf(device) });
}

/** What tells its success before it reboots cannot be SWUpdate. */
export function clientOf({ setup }: Device): ClientName {
  return setup.behaviour.success === 'after-reboot' ? 'swupdate' : 'rauc-hawkbit-updater';
}

/** Lets simulated seconds pass; false when the fleet stopped meanwhile. */
export function pause(device: Device, seconds: number): Promise<boolean> {
  return device.world.timeline.sleep(seconds * 1000);
}

export function showActivity(device: Device, activity: Activity): void {
  device.world.onActivity(device.setup.name, activity);
}
