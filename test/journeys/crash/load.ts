import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Artifact } from '@updraft/protocols';
import type { JourneyServer } from '../journey-server.ts';
import { emptyLedger, type DeviceEntry, type Ledger, type UploadEntry } from './ledger.ts';
import { reportTo } from './simulated-device.ts';
import { appendTo, createUpload } from './tus-client.ts';

const DEVICE_WRITERS = 6;
const UPLOAD_WRITERS = 3;
const MAX_REPORTS = 12;
/** How many answers there are before the kill, and how many milliseconds then pass. */
const MIN_ANSWERS = 10;
const MAX_ANSWERS = 150;
const MAX_MORE_MS = 40;
const MIN_FILE_BYTES = 1;
const MAX_FILE_BYTES = 512 * 1024;
const MAX_CHUNK_BYTES = 96 * 1024;
/** Of the files, how many come in one request. */
const DIRECT_SHARE = 0.4;

export type Round = {
  readonly server: JourneyServer;
  readonly release: string;
  /** Unique among the rounds. */
  readonly name: string;
  /** From 0 up to 1, and for the same words always the same. */
  readonly chance: (...words: readonly string[]) => number;
};

/** Writers of all kinds work at once until the server is killed in their midst; gives what it has answered. */
export async function loadUntilKilled(round: Round): Promise<Ledger> {
  const { name, server, chance } = round;
  const ledger = emptyLedger();
  const killed = new AbortController();
  const answers = countdown(between(MIN_ANSWERS, MAX_ANSWERS, chance(name, 'answers')));
  const writers = [
    ...Array.from({ length: DEVICE_WRITERS }, (_, index) => writeDevices(round, ledger, `${name}-d${index}`)),
    ...Array.from({ length: UPLOAD_WRITERS }, (_, index) => writeFiles(round, ledger, `${name}-f${index}`)),
  ];
  const work = Promise.all(writers.map((writer) => write(writer, killed.signal, answers.count)));
  const moment = answers.over.then(() => sleep(between(0, MAX_MORE_MS, chance(name, 'more'))));
  await Promise.race([moment, work]);
  killed.abort();
  await server.kill9();
  await work;
  return ledger;
}

function countdown(from: number): { readonly count: () => void; readonly over: Promise<void> } {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  let left = from;
  const count = (): void => {
    left -= 1;
    if (left === 0) resolve();
  };
  return { count, over };
}

/** Takes step after step. A step that the kill interrupts has not been answered; any other failure is one. */
async function write(steps: AsyncGenerator<void>, killed: AbortSignal, onAnswer: () => void): Promise<void> {
  try {
    while (!killed.aborted) {
      await steps.next();
      onAnswer();
    }
  } catch (error) {
    if (!killed.aborted) throw error;
  }
}

/** One simulated device after the other is added, assigned the release, and reports to the end. Each step is one answer. */
async function* writeDevices({ server, release, chance }: Round, ledger: Ledger, writer: string): AsyncGenerator<void> {
  for (let index = 0; ; index++) {
    const name = `${writer}-${index}`;
    const { token } = await server.api.call('devices.create', { body: { name } });
    const device: DeviceEntry = { name, token, assignment: undefined, details: [], hasEnded: false };
    ledger.devices.push(device);
    yield;
    const { assigned } = await server.api.call('assignments.create', { body: { release, devices: [name] } });
    const action = assigned[0]?.number ?? 0;
    device.assignment = action;
    yield;
    const reports = between(1, MAX_REPORTS, chance(name, 'reports'));
    for (let report = 0; report < reports; report++) {
      await reportTo(server.url, device, { action, execution: 'proceeding', detail: `${name} ${report}` });
      device.details.push(`${name} ${report}`);
      yield;
    }
    await reportTo(server.url, device, { action, execution: 'closed', detail: `${name} end` });
    device.details.push(`${name} end`);
    device.hasEnded = true;
    yield;
  }
}

/** One file after the other is sent, in one request or over tus. */
async function* writeFiles({ server: { api }, chance }: Round, ledger: Ledger, writer: string): AsyncGenerator<void> {
  for (let index = 0; ; index++) {
    const name = `${writer}-${index}.bin`;
    const bytes = randomBytes(between(MIN_FILE_BYTES, MAX_FILE_BYTES, chance(name, 'size')));
    if (chance(name, 'way') < DIRECT_SHARE) {
      const headers = { 'content-type': 'application/octet-stream' };
      const answer = await api.open(`/artifacts?filename=${name}`, { method: 'POST', headers, body: bytes });
      ledger.artifacts.push({ id: Artifact.parse(await answer.json()).id, bytes });
      yield;
      continue;
    }
    const upload: UploadEntry = { path: await createUpload(api, name, bytes.length), bytes, offset: 0 };
    ledger.uploads.push(upload);
    yield;
    while (upload.offset < bytes.length) {
      const chunk = between(1, MAX_CHUNK_BYTES, chance(name, String(upload.offset)));
      upload.offset = await appendTo(api, upload, chunk);
      yield;
    }
  }
}

function between(least: number, most: number, share: number): number {
  return least + Math.floor(share * (most - least + 1));
}
