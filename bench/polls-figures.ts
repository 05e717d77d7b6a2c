import { say, spreadOf, type Spread } from './load/figures.ts';
import { CONNECTIONS, KINDS, type Kind, type Round, type Rounds } from './polls-rounds.ts';

/** What is asked of durable feedback, a second. */
const FEEDBACK_GOALS: Readonly<Record<string, number>> = { sqlite: 5000, postgres: 1000 };

/** What is shown of a database: rounds of all kinds, and how often a second its disk makes a page durable. */
export type Shown = { readonly database: string; readonly rounds: Rounds; readonly syncs: readonly number[] };

export function show({ database, rounds, syncs }: Shown): void {
  say(
    `\n${database}, medians                          a second  CPU µs   of PG   p99 ms   rate  per CPU  goal  (ratio to bare)`,
  );
  for (const kind of rounds.keys()) say(lineOf(rounds, kind));
  showCommits({ database, rounds, syncs });
  const wrong = [...rounds.values()].flat().reduce((sum, { wrong }) => sum + wrong, 0);
  say(
    `${CONNECTIONS} connections with one request outstanding each, HTTP by hand over net sockets; ${wrong} answers had a wrong status`,
  );
}

function lineOf(rounds: Rounds, kind: Kind): string {
  const { title, goal }: { readonly title: string; readonly goal?: number } = KINDS[kind];
  const median = (value: (round: Round) => number) => medianOf(rounds, kind, value);
  const cells = [
    median(({ perSecond }) => perSecond)
      .toFixed(0)
      .padStart(9),
    (1e6 / median(({ perCpuSecond }) => perCpuSecond)).toFixed(0).padStart(8),
    median(({ postgresMicroseconds }) => postgresMicroseconds)
      .toFixed(0)
      .padStart(8),
    median(({ p99Ms }) => p99Ms)
      .toFixed(1)
      .padStart(9),
    ratioOf(rounds, kind, 'perSecond').median.toFixed(2).padStart(7),
    ratioOf(rounds, kind, 'perCpuSecond').median.toFixed(2).padStart(9),
    goal === undefined ? '' : `≥ ${goal}`.padStart(6),
  ];
  return `${title.padEnd(35)}${cells.join('')}`;
}

/** Each report alone pays for a sync of the disk; those that come together share one. */
function showCommits({ database, rounds, syncs }: Shown): void {
  if (!rounds.has('reportOne') || !rounds.has('report')) return;
  const one = medianOf(rounds, 'reportOne', ({ perSecond }) => perSecond);
  const many = medianOf(rounds, 'report', ({ perSecond }) => perSecond);
  const syncMs = 1000 / spreadOf(syncs).median;
  say(
    `feedback is durable when it is answered, goal ≥ ${FEEDBACK_GOALS[database] ?? 0}/s; 4 KiB appended and fdatasynced take ${syncMs.toFixed(2)} ms`,
  );
  say(
    `   each in a commit of its own (1 connection): ${one.toFixed(0)}/s; commits shared by ${CONNECTIONS} connections: ${many.toFixed(0)}/s, ${(many / one).toFixed(1)} times as many`,
  );
}

function medianOf(rounds: Rounds, kind: Kind, value: (round: Round) => number): number {
  return spreadOf((rounds.get(kind) ?? []).map(value)).median;
}

/** To the bare server in the same round. */
function ratioOf(rounds: Rounds, kind: Kind, figure: 'perSecond' | 'perCpuSecond'): Spread {
  const bare = rounds.get(KINDS[kind].bare) ?? [];
  return spreadOf((rounds.get(kind) ?? []).map((round, at) => round[figure] / (bare[at]?.[figure] ?? 0)));
}

export function figuresOf({ rounds, syncs }: Shown): Readonly<Record<string, unknown>> {
  const kinds = [...rounds].map(([kind, measured]) => {
    const spread = (value: (round: Round) => number) => spreadOf(measured.map(value));
    const figures = {
      perSecond: spread(({ perSecond }) => perSecond),
      perCpuSecond: spread(({ perCpuSecond }) => perCpuSecond),
      postgresMicroseconds: spread(({ postgresMicroseconds }) => postgresMicroseconds).median,
      p99Ms: spread(({ p99Ms }) => p99Ms).median,
      ratioToBare: ratioOf(rounds, kind, 'perSecond'),
      ratioToBarePerCpuSecond: ratioOf(rounds, kind, 'perCpuSecond'),
      wrong: measured.reduce((sum, { wrong }) => sum + wrong, 0),
    };
    return [kind, figures];
  });
  const busy = [...rounds.values()].flat().map(({ generatorBusy }) => generatorBusy);
  return { ...Object.fromEntries(kinds), syncsPerSecond: spreadOf(syncs), generatorBusy: spreadOf(busy) };
}
