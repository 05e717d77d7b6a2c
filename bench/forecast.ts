import { cohortsOf, forecast, waitingPhase, type Forecast, type ForecastInput } from '@updraft/core';
import { makeFleet, type TrueFleet } from './forecast-fleet.ts';
import { learn, sampleOf, type Learnt } from './forecast-history.ts';
import { earlierRollout, laterRollout } from './forecast-rollouts.ts';
import { playTruth, type TrueRollout, type Truth } from './forecast-truth.ts';
import { say, sayFigures } from './load/figures.ts';

export const summary = 'forecasts of 100 rollouts of 10 000 devices against what becomes of them, device by device';

const FLEETS = 10;
const ROLLOUTS_PER_FLEET = 10;
const DEVICES = 10_000;
/** Of so many devices the forecast is told, as the server samples them. */
const SAMPLE_STEP = 4;

type Compared = {
  readonly error: number;
  readonly covered: boolean;
  readonly forecastMs: number;
  readonly truthMs: number;
};

/** Ten fleets, each with one earlier rollout to learn from and ten later ones to forecast. Options: how many fleets. */
export async function run([fleets = String(FLEETS)]: readonly string[]): Promise<void> {
  const compared: Compared[] = [];
  say('rollout  days foretold (P50, P90)  days it took   error  by P90');
  for (let seed = 1; seed <= Number(fleets); seed += 1) {
    const fleet = makeFleet(seed, DEVICES);
    const learnt = learn(playTruth(fleet, earlierRollout(seed)).attempts);
    for (let number = 1; number <= ROLLOUTS_PER_FLEET; number += 1) {
      const one = compare({ fleet, learnt, rollout: laterRollout(seed, number, DEVICES), name: `${seed}/${number}` });
      if (one !== null) compared.push(one);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  show(compared);
}

type Case = {
  readonly fleet: TrueFleet;
  readonly learnt: Learnt;
  readonly rollout: TrueRollout;
  readonly name: string;
};

function compare({ fleet, learnt, rollout, name }: Case): Compared | null {
  const startedAt = performance.now();
  const truth = playTruth(fleet, rollout);
  const playedAt = performance.now();
  const foretold = forecast(inputOf({ fleet, learnt, rollout, name }));
  const forecastMs = performance.now() - playedAt;
  return told(name, { truth, foretold, from: rollout.from }, { forecastMs, truthMs: playedAt - startedAt });
}

function inputOf({ fleet, learnt, rollout, name }: Case): ForecastInput {
  const sizes = rollout.phases.map(
    (_, at) => fleet.devices.filter((__, place) => rollout.phaseOf(place) === at + 1).length,
  );
  const sample = sampleOf(fleet, learnt, { now: rollout.from, step: SAMPLE_STEP });
  return {
    from: rollout.from,
    standing: { state: 'ready', reason: null },
    policy: rollout.policy,
    phases: rollout.phases.map((spec) => waitingPhase(spec)),
    cohorts: cohortsOf(sample, sizes),
    bytes: rollout.bytes,
    history: learnt.history,
    seed: name,
  };
}

const DAY_MS = 86_400_000;

type Outcome = { readonly truth: Truth; readonly foretold: Forecast; readonly from: number };

function told(
  name: string,
  { truth, foretold, from }: Outcome,
  took: Pick<Compared, 'forecastMs' | 'truthMs'>,
): Compared | null {
  const { p50, p90 } = foretold.end;
  const days = (at: number | null) => (at === null ? '   never' : ((at - from) / DAY_MS).toFixed(2).padStart(8));
  if (truth.state !== 'finished') {
    say(
      `${name.padEnd(8)} ${days(p50)} ${days(p90)}          it is ${truth.state}; foretold: ${Math.round(foretold.errorThreshold.share * 100)} % cross, ${Math.round(foretold.stuckShare * 100)} % stuck`,
    );
    return null;
  }
  const error = p50 === null ? Infinity : Math.abs(p50 - truth.endedAt) / (truth.endedAt - from);
  const covered = p90 !== null && p90 >= truth.endedAt;
  say(
    `${name.padEnd(8)} ${days(p50)} ${days(p90)}          ${days(truth.endedAt)} ${(error * 100).toFixed(1).padStart(9)} %  ${covered ? 'yes' : 'no'}    ${took.forecastMs.toFixed(0)} ms, truth ${took.truthMs.toFixed(0)} ms, ${truth.polls} polls`,
  );
  return { error, covered, ...took };
}

function show(compared: readonly Compared[]): void {
  const errors = compared.map(({ error }) => error).toSorted((a, b) => a - b);
  const medianError = errors[Math.floor(errors.length / 2)] ?? Infinity;
  const coverage = compared.filter(({ covered }) => covered).length / compared.length;
  const times = compared.map(({ forecastMs }) => forecastMs).toSorted((a, b) => a - b);
  const medianForecastMs = times[Math.floor(times.length / 2)] ?? 0;
  say(
    `error of the P50 of the end, median: ${(medianError * 100).toFixed(1)} %; P90 covers ${(coverage * 100).toFixed(0)} %`,
  );
  sayFigures({
    bench: 'forecast',
    rollouts: compared.length,
    devices: DEVICES,
    medianError,
    coverage,
    medianForecastMs,
  });
}
