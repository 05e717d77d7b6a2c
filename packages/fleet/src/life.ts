import type { Behaviour } from './behaviour.ts';
import { behaviourOf, chanceOf, pause, showActivity, type Device } from './device.ts';
import { install, type Installation } from './installation.ts';
import { offlineMs } from './offline-hours.ts';
import { poll, type Polled } from './polling.ts';
import { acknowledgeCancel, putAttributes, report } from './reports.ts';
import type { UpdateEnding } from './statistics.ts';

/** What a process of the client finds when it starts: the version that booted, and what the boot script left to be told. */
type Boot = { readonly version: string; readonly toTell: 'nothing' | 'success' | 'failure' };
/** What SWUpdate remembers while it runs. `installed`: an update waits for its reboot, nothing else is taken. */
type Memory = { readonly version: string; attributesTaken: boolean; sleepSeconds: number };

/**
 * A device's whole life: it boots, polls, installs what it is offered, reboots, tells how that went, and so on until the
 * fleet stops or its behaviour lets it fall silent. Starts are spread over the first poll interval.
 */
export async function live(device: Device): Promise<void> {
  const { setup, world } = device;
  showActivity(device, 'starting');
  const spread = chanceOf(device, 'start') * firstDelaySeconds(device);
  let boot: Boot | null = { version: setup.version, toTell: 'nothing' };
  let alive = await pause(device, spread);
  while (alive && boot !== null) {
    boot = await runProcess(device, boot);
    alive = !world.timeline.closed;
  }
  showActivity(device, alive ? 'silent' : 'stopped');
}

/** One process of the client, from its start to the reboot that gives the next `Boot`; null where no other follows. */
async function runProcess(device: Device, boot: Boot): Promise<Boot | null> {
  const { timeline } = device.world;
  const bootedAt = timeline.now();
  device.belief.version = boot.version;
  const memory = { version: boot.version, attributesTaken: false, sleepSeconds: firstDelaySeconds(device) };
  if (boot.toTell !== 'nothing' && !(await tellVerdict(device, boot.toTell, memory))) return null;
  while (!timeline.closed) {
    showActivity(device, 'idle');
    if (!(await untilOnline(device))) return null;
    if (isToRestore(device, bootedAt)) return restore(device);
    const installation = await pollOnce(device, memory);
    if (installation?.outcome === 'fell-silent') return silence(device);
    if (installation?.outcome === 'installed') return reboot(device, memory.version, installation.version);
    count(device, installation);
    if (!(await pause(device, memory.sleepSeconds))) return null;
  }
  return null;
}

/** Whether the time has come to put an updated device's disk back. */
function isToRestore(device: Device, bootedAt: number): boolean {
  const { belief, setup, world } = device;
  const { restoredAfterSeconds } = behaviourOf(device);
  if (restoredAfterSeconds === null || belief.isRestored || belief.version === setup.version) return false;
  return world.timeline.now() >= bootedAt + restoredAfterSeconds * 1000;
}

/** It starts as it left the factory, and has forgotten what came since. */
function restore({ belief, setup }: Device): Boot {
  belief.isRestored = true;
  return { version: setup.version, toTell: 'nothing' };
}

/** Until the server has told its interval. */
function firstDelaySeconds({ setup, world }: Device): number {
  return setup.pollSeconds ?? world.settings.pollDelaySeconds;
}

/** Waits for the end of the hours in which it asks for nothing; false when the fleet stopped. */
async function untilOnline(device: Device): Promise<boolean> {
  const { offline } = device.setup;
  const waitMs = offline === undefined ? 0 : offlineMs(offline, device.world.wallClock());
  return waitMs === 0 || (await pause(device, waitMs / 1000));
}

/**
 * A poll, and what follows from it. Until the server has taken the attributes of this process SWUpdate tells them and
 * installs nothing in the same poll; an installation asks a second time at once and takes what stands there then.
 */
async function pollOnce(device: Device, memory: Memory): Promise<Installation | null> {
  const polled = await remember(poll(device), memory);
  if (polled === null) return null;
  if (polled.poll.found === 'cancel') {
    await acknowledgeCancel(device, polled.poll.url, polled.poll.stopId);
    return { outcome: 'canceled' };
  }
  if (!memory.attributesTaken || polled.wantsAttributes) {
    memory.attributesTaken = await putAttributes(device, memory.version);
    return null;
  }
  if (polled.poll.found === 'nothing') return null;
  const again = await remember(poll(device), memory);
  return again?.poll.found === 'deployment' ? install(device, again.poll.deployment, memory.sleepSeconds) : null;
}

async function remember(asked: Promise<Polled>, memory: Memory): Promise<Polled> {
  const polled = await asked;
  memory.sleepSeconds = polled?.sleepSeconds ?? memory.sleepSeconds;
  return polled;
}

/**
 * Tells how the boot went, for whatever action is offered (swupdate.md 0.13), until the server takes it. With nothing on
 * offer the verdict is kept for nobody and the client goes on. False when the fleet stopped.
 */
async function tellVerdict(device: Device, toTell: 'success' | 'failure', memory: Memory): Promise<boolean> {
  showActivity(device, 'reporting');
  const details = [toTell === 'success' ? 'Update Installed.' : 'Update Failed.'];
  for (;;) {
    const polled = await remember(poll(device), memory);
    if (polled?.poll.found === 'nothing') return true;
    if (polled?.poll.found === 'cancel' && (await acknowledgeCancel(device, polled.poll.url, polled.poll.stopId)))
      return true;
    if (polled?.poll.found === 'deployment') {
      const { action } = polled.poll.deployment;
      if (await report(device, action, { execution: 'closed', finished: toTell, cnt: 0, of: 0, details })) return true;
    }
    if (!(await pause(device, device.world.settings.reportRetrySeconds))) return false;
  }
}

/** The reboot: what runs afterwards, and what the boot script says about it, is the behaviour's. */
async function reboot(device: Device, oldVersion: string, newVersion: string): Promise<Boot | null> {
  showActivity(device, 'rebooting');
  const { ending, rebootSeconds, bootTries, success } = behaviourOf(device);
  device.world.statistics.ended(endingOfBoot(ending));
  device.updates += 1;
  // A new slot that does not start is tried some times; the old one starts after them.
  if (!(await pause(device, ending === 'boot-fails' ? rebootSeconds * (bootTries + 1) : rebootSeconds))) return null;
  const told = ending === 'boot-fails' ? 'failure' : 'success';
  return {
    version: ending === 'boots-new' ? newVersion : oldVersion,
    toTell: success === 'before-reboot' ? 'nothing' : told,
  };
}

function endingOfBoot(ending: Behaviour['ending']): UpdateEnding {
  if (ending === 'boots-old') return 'booted-old';
  return ending === 'boot-fails' ? 'boot-failed' : 'booted-new';
}

function silence(device: Device): null {
  device.world.statistics.ended('went-silent');
  return null;
}

function count(device: Device, installation: Installation | null): void {
  if (installation?.outcome === 'failed') {
    device.updates += 1;
    device.world.statistics.ended('install-failed');
  }
  if (installation?.outcome === 'canceled') device.world.statistics.ended('canceled');
}
