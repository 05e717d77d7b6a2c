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

/** A mermaid state diagram of the table. */
export function diagramOf<S extends string, E extends string>(lifecycle: Lifecycle<S, E>): string {
  const arrows = new Map<string, string[]>();
  for (const edge of lifecycle.edges) {
    if (edge.from === edge.to) continue;
    const targets = edge.to === 'previous' ? previousStates(lifecycle) : [edge.to];
    for (const to of targets) {
      const key = `${edge.from} --> ${to}`;
      arrows.set(key, [...(arrows.get(key) ?? []), edge.event]);
    }
  }
  const lines = [...arrows].map(([arrow, events]) => `  ${arrow}: ${[...new Set(events)].join(', ')}`);
  const ends = lifecycle.closed.map((state) => `  ${state} --> [*]`);
  return ['stateDiagram-v2', `  [*] --> ${lifecycle.states[0]}`, ...lines, ...ends]
    .join('\n')
    .replaceAll(/(\w)-(?=\w)/g, '$1_');
}

/** The states from which the event that leads to a `previous` edge's source can come. */
function previousStates<S extends string, E extends string>(lifecycle: Lifecycle<S, E>): readonly S[] {
  const sources = new Set(lifecycle.edges.filter((edge) => edge.to === 'previous').map((edge) => edge.from));
  const origins = lifecycle.edges.filter((edge) => edge.to !== 'previous' && sources.has(edge.to as S));
  return [...new Set(origins.filter((edge) => !sources.has(edge.from)).map((edge) => edge.from))];
}
