import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Program, startServerProcess, temporaryFolder } from '@updraft/fleet';
import { say, sayFigures, SPREAD_TITLE, spreadOf, spreadText } from './load/figures.ts';
import { residentMib } from './load/process-figures.ts';
import { FOLDER_PREFIX, startServer } from './load/scene.ts';

export const summary = 'time from the start of the process to the first 200, and memory when idle';

const ROUNDS = 7;
const MEMORY_ROUNDS = 2;
const IDLE_SECONDS = 3;
const KINDS = ['bare', 'first', 'again', 'launcher'] as const;
type Kind = (typeof KINDS)[number];

const MEANING: Readonly<Record<Kind, string>> = {
  bare: 'node that only exits',
  first: 'server, new data directory',
  again: 'server, same data again',
  launcher: 'bin/updraft serve, again',
};

/** Starts servers in turns with a Node that does nothing; the time runs until `/readyz` answers 200. */
export async function run(): Promise<void> {
  const times: Record<Kind, number[]> = { bare: [], first: [], again: [], launcher: [] };
  const memory: number[] = [];
  for (let index = 0; index < ROUNDS; index++) {
    await using folder = await temporaryFolder(FOLDER_PREFIX);
    times.bare.push(await bareStart());
    times.first.push(await started(folder.path));
    times.again.push(await started(folder.path, index < MEMORY_ROUNDS ? memory : undefined));
    times.launcher.push(await launched(folder.path));
  }
  say(`ms                          ${SPREAD_TITLE}`);
  for (const kind of KINDS) say(`${MEANING[kind].padEnd(27)} ${spreadText(spreadOf(times[kind]))}`);
  say(
    `memory ${IDLE_SECONDS} s after the start: ${memory.map((mib) => mib.toFixed(0)).join(', ')} MiB (goal ≤ 150; first 200 within 1000 ms)`,
  );
  const spreads = KINDS.map((kind) => [`${kind}Ms`, spreadOf(times[kind])] as const);
  sayFigures({ bench: 'start', ...Object.fromEntries(spreads), idleMib: spreadOf(memory) });
}

async function bareStart(): Promise<number> {
  const startedAt = performance.now();
  await using program = new Program(['--eval', '0'], process.env);
  await program.ended;
  return performance.now() - startedAt;
}

async function started(folder: string, memory?: number[]): Promise<number> {
  await using server = await startServer(folder);
  if (memory !== undefined) {
    await wait(IDLE_SECONDS * 1000);
    memory.push(residentMib(server.pid));
  }
  return server.readyAfterMs;
}

async function launched(folder: string): Promise<number> {
  await using server = await startServerProcess({
    dataDir: path.join(folder, 'data'),
    signal: new AbortController().signal,
  });
  return server.readyAfterMs;
}
