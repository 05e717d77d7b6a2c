import { ask, deviceUrl, type Device } from './device.ts';

export type Report = {
  readonly execution: 'proceeding' | 'closed';
  readonly finished: 'none' | 'success' | 'failure';
  readonly cnt: number;
  readonly of: number;
  readonly details: readonly string[];
};

/** Posts what a device says about its action; true where the server took it, which for SWUpdate is 200 and nothing else. */
export async function report(device: Device, action: number, report: Report): Promise<boolean> {
  const { execution, finished, cnt, of, details } = report;
  const status = { result: { progress: { cnt, of }, finished }, execution, details };
  const body = JSON.stringify({ id: action, time: localTime(), status });
  const url = `${deviceUrl(device)}/deploymentBase/${action}/feedback`;
  return (await ask(device, { kind: 'report', method: 'POST', url, body })).status === 200;
}

/** Acknowledges a cancellation at `cancelUrl`, a link without a query. */
export async function acknowledgeCancel(device: Device, cancelUrl: string, stopId: number): Promise<boolean> {
  const status = { result: { finished: 'success' }, execution: 'closed', details: ['cancellation acknowledged.'] };
  const body = JSON.stringify({ id: stopId, time: localTime(), status });
  const url = `${cancelUrl}/feedback`;
  return (await ask(device, { kind: 'cancel-report', method: 'POST', url, body })).status === 200;
}

/** Says what the device is and which version runs; true where the server took it. */
export async function putAttributes(device: Device, version: string): Promise<boolean> {
  const { setup, world } = device;
  const status = { result: { finished: 'success' }, execution: 'closed', details: [''] };
  const data = { ...setup.attributes, [world.settings.versionAttribute]: version };
  const body = JSON.stringify({ id: '', time: localTime(), status, data });
  return (
    (await ask(device, { kind: 'attributes', method: 'PUT', url: `${deviceUrl(device)}/configData`, body })).status ===
    200
  );
}

/** Local time as SWUpdate writes it, `YYYYMMDDTHHMMSS`; it names no zone. */
function localTime(): string {
  return Temporal.Now.plainDateTimeISO().toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '');
}
