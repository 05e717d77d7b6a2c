import { Latencies } from '@updraft/fleet';
import type { Job, JobResult } from './jobs.ts';
import { Lane } from './lane.ts';

/** The load generator: a process of its own that does the jobs it is sent, one after the other. */
process.on('message', (job: Job) => void perform(job).then((result) => process.send?.(result)));

async function perform(job: Job): Promise<JobResult> {
  const lanes = await Promise.all(Array.from({ length: job.connections }, () => Lane.open(job.port)));
  const tally = new Tally();
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  if (job.kind === 'open-loop') await openLoop(job, lanes, tally);
  else await closedLoop(job, lanes, tally);
  const seconds = (performance.now() - startedAt) / 1000;
  for (const lane of lanes) lane[Symbol.dispose]();
  const { user, system } = process.cpuUsage(cpu);
  return { ...tally.result(), seconds, cpuSeconds: (user + system) / 1e6 };
}

class Tally {
  readonly latencies = new Latencies();
  readonly latenesses = new Latencies();
  readonly #statuses = new Map<string, number>();
  #answers = 0;

  count(status: number | 'failed', ms: number): void {
    this.#answers++;
    this.#statuses.set(`${status}`, (this.#statuses.get(`${status}`) ?? 0) + 1);
    this.latencies.record(ms);
  }

  result(): Omit<JobResult, 'seconds' | 'cpuSeconds'> {
    return {
      answers: this.#answers,
      statuses: Object.fromEntries(this.#statuses),
      latency: this.latencies.summary(),
      lateness: this.latenesses.summary(),
    };
  }
}

function closedLoop(job: Exclude<Job, { kind: 'open-loop' }>, lanes: readonly Lane[], tally: Tally): Promise<unknown> {
  const { requests } = job;
  const until = job.kind === 'for-seconds' ? performance.now() + job.seconds * 1000 : Infinity;
  const last = job.kind === 'once-each' ? requests.length : Infinity;
  let next = 0;
  const drive = (lane: Lane, done: () => void): void => {
    const sentAt = performance.now();
    if (next >= last || sentAt >= until) return done();
    lane.send(
      requests[next++ % requests.length] as Buffer,
      ({ status }) => {
        tally.count(status, performance.now() - sentAt);
        drive(lane, done);
      },
      () => {
        tally.count('failed', performance.now() - sentAt);
        done();
      },
    );
  };
  return Promise.all(lanes.map((lane) => new Promise<void>((done) => drive(lane, done))));
}

function openLoop(job: Extract<Job, { kind: 'open-loop' }>, lanes: readonly Lane[], tally: Tally): Promise<void> {
  const { requests, perSecond, seconds } = job;
  const total = Math.round(perSecond * seconds);
  const free = [...lanes];
  const startedAt = performance.now();
  const dueAt = (index: number): number => startedAt + (index * 1000) / perSecond;
  let sent = 0;
  let answered = 0;
  return new Promise((resolve) => {
    const back = (lane: Lane | null, status: number | 'failed', index: number): void => {
      tally.count(status, performance.now() - dueAt(index));
      if (lane !== null) free.push(lane);
      if (++answered === total) {
        clearInterval(timer);
        resolve();
      } else sendDue();
    };
    const sendDue = (): void => {
      for (; sent < total && dueAt(sent) <= performance.now(); sent++) {
        const lane = free.pop();
        if (lane === undefined) return;
        const index = sent;
        tally.latenesses.record(performance.now() - dueAt(index));
        const request = requests[index % requests.length] as Buffer;
        lane.send(
          request,
          ({ status }) => back(lane, status, index),
          () => back(null, 'failed', index),
        );
      }
    };
    const timer = setInterval(sendDue, 1);
  });
}
