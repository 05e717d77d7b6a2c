import { existsSync, readdirSync, readFileSync } from 'node:fs';

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
  const stat = readFileSync(file, 'latin1');
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
    .map((name) => ({ pid: Number(name), ...parentOf(Number(name)) }));
  const mine = processes.filter(({ command, parent }) => command === 'postgres' && parent === process.pid);
  const backends = processes.filter(({ parent }) => mine.some(({ pid }) => pid === parent));
  return [...mine, ...backends].reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
}

function parentOf(pid: number): { readonly parent: number; readonly command: string } {
  // A process may end between the listing and the look.
  if (!existsSync(`/proc/${pid}/stat`)) return { parent: 0, command: '' };
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const end = stat.lastIndexOf(')');
  return { command: stat.slice(stat.indexOf('(') + 1, end), parent: Number(stat.slice(end + 2).split(' ')[1]) };
}
