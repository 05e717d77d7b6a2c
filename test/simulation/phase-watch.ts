import type { SimulatedStore } from './simulated-store.ts';

type Row = { readonly rollout: number; readonly number: number; readonly state: string; readonly isLive: number };

/** Which devices are to ask anew because their phase has started, or because their rollout has been changed. */
export class PhaseWatch {
  readonly #simulated: SimulatedStore;
  #known = new Map<string, string>();

  constructor(simulated: SimulatedStore) {
    this.#simulated = simulated;
  }

  /** Open members of phases that are not as they were when it was asked last, and that may bring them something. */
  changedMembers(): readonly number[] {
    const { run } = this.#simulated;
    const rows = run<Row>(
      `select p.rollout, p.number, r.state || ' ' || p.state || ' ' || r.policy as state,
         r.state = 'stopping' or (r.state = 'running' and p.state = 'started') as isLive
       from phase p join rollout r on r.id = p.rollout`,
    );
    const known = this.#known;
    this.#known = new Map(rows.map((row) => [keyOf(row), row.state]));
    const changed = rows.filter((row) => row.isLive === 1 && known.get(keyOf(row)) !== row.state);
    return changed.flatMap(({ rollout, number }) =>
      run<{ device: number }>(
        'select device from assignment where rollout = ? and phase = ? and ended_at is null',
        rollout,
        number,
      ).map(({ device }) => device),
    );
  }
}

function keyOf({ rollout, number }: Row): string {
  return `${rollout} ${number}`;
}
