import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks in a second, in which /proc counts CPU time; 100 on every Linux that we run on. */
const TICKS_PER_SECOND = 100;
const KIB_PER_MIB = 1024;
const STAT_UTIME = 11;
const STAT_STIME = 12;

/** CPU time that a process and all its threads have taken, in seconds (proc(5), stat). */
export function cpuSeconds(pid: number): number {
  return statCpuSeconds(`/proc/${pid}/stat`);
}

function statCpuSeconds(file: string): number {
  return secondsOf(readFileSync(file, 'latin1'));
}

function secondsOf(stat: string): number {
  // The name may hold spaces and brackets; the fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[STAT_UTIME]) + Number(fields[STAT_STIME])) / TICKS_PER_SECOND;
}

/** Memory that a process holds now, in MiB (proc(5), status: VmRSS). */
export function residentMib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) / KIB_PER_MIB;
}

/** Samples a process's memory until it is stopped; gives the peak, in MiB. */
export function watchMemory(pid: number, everyMs = 50): { readonly stop: () => number } {
  let peak = residentMib(pid);
  const timer = setInterval(() => (peak = Math.max(peak, residentMib(pid))), everyMs);
  return {
    stop() {
      clearInterval(timer);
      return Math.max(peak, residentMib(pid));
    },
  };
}

/** CPU time of a process's first thread alone, in seconds: on SQLite what the doors take, without the writer. */
export function mainThreadCpuSeconds(pid: number): number {
  return statCpuSeconds(`/proc/${pid}/task/${pid}/stat`);
}

/** CPU time that the PostgreSQL below this process has taken, in seconds; backends that have ended count no more. */
export function postgresCpuSeconds(): number {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => runningProcess(Number(name)));
  const mine = processes.filter(({ command, parent }) => command === 'postgres' && parent === process.pid);
  const backends = processes.filter(({ parent }) => mine.some(({ pid }) => pid === parent));
  return [...mine, ...backends].reduce((sum, { seconds }) => sum + seconds, 0);
}

type RunningProcess = {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  readonly seconds: number;
};

/** None where it has ended between the listing and the look. */
function runningProcess(pid: number): readonly RunningProcess[] {
  const stat = statOf(`/proc/${pid}/stat`);
  if (stat === null) return [];
  const end = stat.lastIndexOf(')');
  const command = stat.slice(stat.indexOf('(') + 1, end);
  return [{ pid, parent: Number(stat.slice(end + 2).split(' ')[1]), command, seconds: secondsOf(stat) }];
}

const GONE: ReadonlySet<unknown> = new Set(['ENOENT', 'ESRCH']);

function statOf(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    if (error instanceof Error && 'code' in error && GONE.has(error.code)) return null;
    throw error;
  }
}
