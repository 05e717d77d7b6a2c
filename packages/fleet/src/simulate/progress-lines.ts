import type { Activity } from '../device.ts';
import type { FleetSummary } from '../statistics.ts';

/** In the order of an update. */
const ACTIVITIES: readonly Activity[] = [
  'starting', 'idle', 'downloading', 'installing', 'rebooting', 'reporting', 'silent', 'stopped',
]; // prettier-ignore
const MEBIBYTE = 1024 * 1024;
const SAY_JOINED_EVERY = 1000;

/** How a fleet gets on, a line at a time. */
export class ProgressLines {
  readonly #say: (line: string) => void;
  readonly #startedAt = performance.now();
  #polls = 0;
  #bytes = 0;
  #at = performance.now();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  joined(count: number, of: number): void {
    if (count === of || count % SAY_JOINED_EVERY === 0)
      this.#say(`${this.#elapsed()}  ${count} of ${of} devices joined`);
  }

  fleet(summary: FleetSummary, activities: ReadonlyMap<string, Activity>): void {
    const now = performance.now();
    const seconds = (now - this.#at) / 1000;
    const { count: polls = 0, p99Ms = 0 } = summary.latencies.poll ?? {};
    const counts = Map.groupBy(activities.values(), (activity) => activity);
    const doing = ACTIVITIES.flatMap((activity) => {
      const count = counts.get(activity)?.length ?? 0;
      return count === 0 ? [] : [`${count} ${activity}`];
    });
    const rate = Math.round((polls - this.#polls) / seconds);
    const mebibytes = ((summary.artifactBytes - this.#bytes) / MEBIBYTE / seconds).toFixed(1);
    const unanswered = summary.statuses['unanswered'] ?? 0;
    const wire = `${rate} polls/s, p99 ${p99Ms.toFixed(1)} ms, ${mebibytes} MiB/s, ${unanswered} unanswered`;
    this.#say(`${this.#elapsed()}  ${doing.join(' · ')}  (${wire})`);
    [this.#polls, this.#bytes, this.#at] = [polls, summary.artifactBytes, now];
  }

  #elapsed(): string {
    return `${((performance.now() - this.#startedAt) / 1000).toFixed(0).padStart(5)} s`;
  }
}
