import { noteReport, type LastWord } from './beliefs.ts';
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
  const body = JSON.stringify({ id: action, time: localTime(device), status });
  const url = `${deviceUrl(device)}/deploymentBase/${action}/feedback`;
  const answer = await ask(device, { kind: 'report', method: 'POST', url, body });
  noteReport(device.belief, action, { word: lastWordOf(report), status: answer.status });
  return answer.status === 200;
}

function lastWordOf({ execution, finished }: Report): LastWord | null {
  if (execution !== 'closed') return null;
  return finished === 'success' ? 'finished' : 'failed';
}

/** Acknowledges a cancellation at `cancelUrl`, a link without a query. */
export async function acknowledgeCancel(device: Device, cancelUrl: string, stopId: number): Promise<boolean> {
  const status = { result: { finished: 'success' }, execution: 'closed', details: ['cancellation acknowledged.'] };
  const body = JSON.stringify({ id: stopId, time: localTime(device), status });
  const url = `${cancelUrl}/feedback`;
  const answer = await ask(device, { kind: 'cancel-report', method: 'POST', url, body });
  noteReport(device.belief, stopId, { word: 'canceled', status: answer.status });
  return answer.status === 200;
}

/** Says what the device is and which version runs; true where the server took it. */
export async function putAttributes(device: Device, version: string): Promise<boolean> {
  const { setup, world } = device;
  const status = { result: { finished: 'success' }, execution: 'closed', details: [''] };
  const data = { ...setup.attributes, [setup.versionAttribute ?? world.settings.versionAttribute]: version };
  const body = JSON.stringify({ id: '', time: localTime(device), status, data });
  const url = `${deviceUrl(device)}/configData`;
  const answer = await ask(device, { kind: 'attributes', method: 'PUT', url, body });
  if (answer.status === 200) device.belief.shownVersion = version;
  else if (answer.status === 0) device.belief.shownVersion = null;
  return answer.status === 200;
}

/** Time as SWUpdate writes it, `YYYYMMDDTHHMMSS`, by the device's clock; it names no zone. */
function localTime({ setup, world }: Device): string {
  const ms = world.wallClock() + (setup.clockAheadSeconds ?? 0) * 1000;
  return new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
}
