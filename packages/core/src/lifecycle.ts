/** Who may cause a transition. `time` is a limit that has passed. */
export type Cause = 'device' | 'operator' | 'server' | 'time';

/**
 * One declared edge of a lifecycle.
 *
 * `to: 'previous'` returns to the state that the attempt was canceled from. `skip` marks an edge that jumps over
 * states because a device tells less; `bulk` one that a set statement may also take, for many rows at once.
 */
export type Edge<S extends string, E extends string> = {
  readonly from: S;
  readonly event: E;
  readonly to: S | 'previous';
  readonly by: Cause;
  readonly skip?: true;
  readonly bulk?: true;
};

export type Lifecycle<S extends string, E extends string> = {
  readonly name: string;
  readonly states: readonly S[];
  /** The states that are closed for ever. */
  readonly closed: readonly S[];
  /** States that are worked out from other rows and never stored. */
  readonly derived: readonly S[];
  readonly edges: readonly Edge<S, E>[];
};

export class UndeclaredTransition extends Error {
  readonly code = 'undeclared-transition';
  constructor(lifecycle: string, from: string, to: string, event: string) {
    super(`${lifecycle}: "${event}" is not declared from "${from}" to "${to}"`);
    this.name = 'UndeclaredTransition';
  }
}

/** The edge that `event` takes from `from`, or undefined where none is declared. */
export function edgeOf<S extends string, E extends string>(
  lifecycle: Lifecycle<S, E>,
  from: S,
  event: E,
): Edge<S, E> | undefined {
  return lifecycle.edges.find((edge) => edge.from === from && edge.event === event);
}

export function isClosed<S extends string, E extends string>(lifecycle: Lifecycle<S, E>, state: S): boolean {
  return lifecycle.closed.includes(state);
}

/** The states a row can hold, for SQL `CHECK` constraints. */
export function storedStates<S extends string, E extends string>(lifecycle: Lifecycle<S, E>): readonly S[] {
  return lifecycle.states.filter((state) => !lifecycle.derived.includes(state));
}

/**
 * A mermaid state diagram of the table, drawn to be read: edges that skip stages, and events that end every open state
 * alike ({@link endsEverywhere}), are left to the words beside it.
 */
export function diagramOf<S extends string, E extends string>(lifecycle: Lifecycle<S, E>): string {
  const everywhere = endsEverywhere(lifecycle);
  const arrows = new Map<string, string[]>();
  for (const edge of lifecycle.edges) {
    if (edge.from === edge.to || edge.skip === true || everywhere.includes(edge.event)) continue;
    const key = `${idOf(edge.from)} --> ${idOf(edge.to)}`;
    arrows.set(key, [...(arrows.get(key) ?? []), edge.event]);
  }
  const names = [...lifecycle.states, 'previous'].map((state) => `  state "${titleOf(state)}" as ${idOf(state)}`);
  const drawn = lifecycle.edges.some(({ to }) => to === 'previous') ? names : names.slice(0, -1);
  const lines = [...arrows].map(([arrow, events]) => `  ${arrow}: ${events.join(', ')}`);
  const ends = lifecycle.closed.map((state) => `  ${idOf(state)} --> [*]`);
  return ['stateDiagram-v2', ...drawn, `  [*] --> ${idOf(lifecycle.states[0] ?? '')}`, ...lines, ...ends].join('\n');
}

/** The events that lead from every open state to one and the same closed state. */
export function endsEverywhere<S extends string, E extends string>(lifecycle: Lifecycle<S, E>): readonly E[] {
  const open = lifecycle.states.filter((state) => !lifecycle.closed.includes(state));
  const events = [...new Set(lifecycle.edges.map(({ event }) => event))];
  return events.filter((event) => {
    const edges = lifecycle.edges.filter((edge) => edge.event === event);
    const ends = new Set<string>(edges.map(({ to }) => to));
    return ends.size === 1 && open.length > 1 && open.every((state) => edges.some(({ from }) => from === state));
  });
}

function idOf(state: string): string {
  return state.replaceAll('-', '_');
}

function titleOf(state: string): string {
  return state === 'previous' ? 'where it came from' : state;
}
