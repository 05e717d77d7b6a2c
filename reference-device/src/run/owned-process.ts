import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * A process by its number and by when it started, in clock ticks since the host's boot (proc(5), field 22 of stat): a number alone
 * may belong to somebody else by now.
 */
export type OwnedProcess = { readonly pid: number; readonly startedAtTicks: number };

const GONE_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;
/** Fields that follow the name in brackets: the third (state), and the 22nd (start). */
const STATE_FIELD = 0;
const START_FIELD = 19;
/** States of proc(5): a zombie (Z), and one whose parent is just collecting it (X, seen for a moment after Z). */
export const ENDED_STATES: ReadonlySet<string> = new Set(['Z', 'X', 'x']);

/** The process that has this number now; undefined where there is none, or only what is left of one that ended. */
export async function processOf(pid: number): Promise<OwnedProcess | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  });
  const startedAtTicks = runningSince(stat ?? '');
  return startedAtTicks === undefined ? undefined : { pid, startedAtTicks };
}

/** When a process started, by its line of /proc/PID/stat, in clock ticks since the host's boot; undefined once it has ended. */
export function runningSince(stat: string): number | undefined {
  // The name may hold anything, hence the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields.length <= START_FIELD || ENDED_STATES.has(fields[STATE_FIELD] ?? '')) return undefined;
  return Number(fields[START_FIELD]);
}

export async function isRunning({ pid, startedAtTicks }: OwnedProcess): Promise<boolean> {
  return (await processOf(pid))?.startedAtTicks === startedAtTicks;
}

/** Ends it at once, and resolves when it is gone; tells whether it was still running. Another's process is left alone. */
export async function killProcess(owned: OwnedProcess): Promise<boolean> {
  if (!(await isRunning(owned))) return false;
  try {
    process.kill(owned.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  for (const deadline = performance.now() + GONE_WITHIN_MS; await isRunning(owned); await wait(LOOK_EVERY_MS))
    if (performance.now() >= deadline) throw new Error(`process ${owned.pid} is still there after SIGKILL`);
  return true;
}
