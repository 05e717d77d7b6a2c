import { setTimeout as sleep } from 'node:timers/promises';
import { type DdiClient, ddiClient, SWUPDATE_SAYS, type TestFleet } from '../a-fleet.ts';

const DEVICES = 5;
const PAUSE_MS = 5;
const OPERATOR_PAUSE_MS = 150;

/** What a device was answered with 200: it may rely on it. */
export type Acknowledged = { readonly number: number; readonly detail: string; readonly at: number };

export type BusyDevice = {
  readonly name: string;
  readonly authorization: string;
  /** The action that it works on; null between two. */
  working: number | null;
  readonly acknowledged: Acknowledged[];
};

/** Devices that poll, report and end one update after another, while an operator publishes and assigns new releases. */
export type BusyFleet = {
  readonly devices: readonly BusyDevice[];
  /** All go on until then; throws what went wrong meanwhile. */
  readonly stop: () => Promise<void>;
};

export async function aBusyFleet(fleet: TestFleet): Promise<BusyFleet> {
  const stopping = new AbortController();
  const devices: BusyDevice[] = [];
  for (let at = 0; at < DEVICES; at += 1) {
    const name = `busy-${at}/ü`;
    const { token } = await fleet.api.call('devices.create', { body: { name } });
    devices.push({ name, authorization: `TargetToken ${token}`, working: null, acknowledged: [] });
  }
  const loops = [
    operate(fleet, devices, stopping.signal),
    ...devices.map((device) => live(ddiClient(fleet.url, device), device, stopping.signal)),
  ];
  return {
    devices,
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function operate(fleet: TestFleet, devices: readonly BusyDevice[], signal: AbortSignal): Promise<void> {
  for (let made = 1; !signal.aborted; made += 1) {
    const release = await fleet.release(`${made}.0`);
    const names = devices.map(({ name }) => name);
    await fleet.api.call('assignments.create', { body: { release: release.id, devices: names } });
    await sleep(OPERATOR_PAUSE_MS);
  }
}

/** One update after another, at each step as a device that was switched off in between would go on. */
async function live(client: DdiClient, device: BusyDevice, signal: AbortSignal): Promise<void> {
  for (let step = 0; !signal.aborted; step += 1) {
    await sleep(PAUSE_MS);
    const { deploymentBase, cancelAction } = await client.poll();
    if (cancelAction !== undefined) await acceptCancel(client, device, cancelAction);
    else if (deploymentBase !== undefined) await update(client, device, { number: actionOf(deploymentBase), step });
  }
}

function actionOf(link: string): number {
  return Number(/\/(?:deploymentBase|cancelAction)\/(\d+)/.exec(link)?.[1]);
}

async function acceptCancel(client: DdiClient, device: BusyDevice, link: string): Promise<void> {
  await client.report(actionOf(link), { about: 'cancelAction', execution: 'closed', finished: 'success' });
  device.working = null;
}

async function update(client: DdiClient, device: BusyDevice, { number, step }: { number: number; step: number }) {
  device.working = number;
  for (const [at, { execution, finished }] of [
    SWUPDATE_SAYS.start,
    SWUPDATE_SAYS.chunk,
    SWUPDATE_SAYS.success,
  ].entries()) {
    const detail = `step ${step}.${at} of ${device.name}`;
    const { status, text } = await client.report(number, {
      ...(execution === undefined ? {} : { execution }),
      ...(finished === undefined ? {} : { finished }),
      details: [detail],
    });
    // Superseded meanwhile: the next poll says so.
    if (status === 410 || status === 404) return;
    if (status !== 200) throw new Error(`a report was answered ${status}: ${text}`);
    device.acknowledged.push({ number, detail, at: Date.now() });
  }
  device.working = null;
}
