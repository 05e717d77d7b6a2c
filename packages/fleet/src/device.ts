import type { Behaviour } from './behaviour.ts';
import type { Statistics } from './statistics.ts';
import type { Timeline } from './timeline.ts';
import type { Answer, Call, Wire } from './wire.ts';

/** A device as it leaves the factory. */
export type DeviceSetup = {
  readonly name: string;
  readonly credential: { readonly scheme: 'TargetToken' | 'GatewayToken'; readonly token: string };
  readonly behaviour: Behaviour;
  /** The version that it runs at first. */
  readonly version: string;
  /** What it says of itself beside its version. */
  readonly attributes: Readonly<Record<string, string>>;
};

/** What a device is doing, in its own eyes. `silent` and `stopped` are for ever. */
export type Activity =
  'starting' | 'idle' | 'downloading' | 'installing' | 'rebooting' | 'reporting' | 'silent' | 'stopped';

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
  readonly onActivity: (device: string, activity: Activity) => void;
};

/** One device in its world. */
export type Device = { readonly setup: DeviceSetup; readonly world: World };

export function deviceUrl({ setup, world }: Device): string {
  return `${world.tenantUrl}/controller/v1/${encodeURIComponent(setup.name)}`;
}

export function authorizationOf({ setup: { credential } }: Device): string {
  return `${credential.scheme} ${credential.token}`;
}

export function ask(device: Device, call: Omit<Call, 'authorization'>): Promise<Answer> {
  return device.world.wire.ask({ ...call, authorization: authorizationOf(device) });
}

/** Lets simulated seconds pass; false when the fleet stopped meanwhile. */
export function pause(device: Device, seconds: number): Promise<boolean> {
  return device.world.timeline.sleep(seconds * 1000);
}

export function showActivity(device: Device, activity: Activity): void {
  device.world.onActivity(device.setup.name, activity);
}
