/** What an import carries, in the order in which it does. */
export const KINDS = {
  'module-types': 'software module types',
  'set-types': 'distribution set types',
  'target-types': 'target types',
  modules: 'software modules',
  artifacts: 'artifacts',
  sets: 'distribution sets',
  'set-tags': 'tags of distribution sets',
  targets: 'targets',
  attributes: 'attributes of targets',
  metadata: 'metadata',
  'target-tags': 'tags of targets',
  tagged: 'tags put on targets and sets',
  confirmation: 'auto-confirmed targets',
  installed: 'installed sets',
  assigned: 'assigned sets',
  filters: 'target filters',
  'auto-assignments': 'auto assignments',
  rollouts: 'rollouts of the past',
  actions: 'actions of the past',
} as const;
export type Kind = keyof typeof KINDS;
const ORDER = Object.keys(KINDS) as Kind[];

/** Why something was not carried. `isChoice`: nothing went wrong; the import leaves it, or was asked to. */
export const LEFT_CODES = {
  'answer-unexpected': { says: 'the source showed it in a way that nothing can read', isChoice: false },
  'source-forbidden': { says: 'the user may not read it at the source', isChoice: false },
  'source-refused': { says: 'the source refused to show it', isChoice: false },
  'route-missing': { says: 'the source is of a version that does not have it', isChoice: true },
  refused: { says: 'this server refused it; the reason is hawkBit’s error code', isChoice: false },
  'name-taken': { says: 'something else has the name here', isChoice: false },
  'part-missing': { says: 'something that it is made of could not be carried', isChoice: false },
  'type-missing': { says: 'its type could not be carried: the target is here without one', isChoice: false },
  'artifact-wrong': { says: 'the bytes are not those of the hashes that the source tells', isChoice: false },
  'artifact-gone': { says: 'the source does not have the bytes any more', isChoice: false },
  'token-hidden': { says: 'the user may not read tokens at the source: the target has got a new one', isChoice: false },
  'token-differs': { says: 'the target was here already, with another token; it stays as it is', isChoice: false },
  deleted: { says: 'it is deleted at the source, perhaps kept there for its history', isChoice: true },
  'update-open': { says: 'an import begins no update; assign it, or use --begin-updates', isChoice: true },
  'assigning-off': {
    says: 'an import begins no update; the filter is here, its auto assignment is not (--begin-updates)',
    isChoice: true,
  },
  'still-running': { says: 'it has not ended at the source', isChoice: true },
} as const satisfies Readonly<Record<string, { readonly says: string; readonly isChoice: boolean }>>;
export type LeftCode = keyof typeof LEFT_CODES;

/** Something that was not carried, and why. `reason`: a finer code of the server. */
export type Left = {
  readonly kind: Kind;
  readonly name: string;
  readonly code: LeftCode;
  readonly reason?: string;
  readonly message?: string;
};

type Counts = { carried: number; there: number; left: number };
export type ShownCounts = Readonly<Counts>;

/** Rows of what was not carried that are kept by name; further ones are counted. */
const LEFT_MAX_ROWS = 10_000;

/** What has become of everything that the source showed. */
export interface ImportReport {
  carried(kind: Kind, count?: number): void;
  /** It was here before. */
  there(kind: Kind, count?: number): void;
  /** `count` 0: the thing was carried, without what is told here. */
  left(one: Left, count?: number): void;
  /** Counts by kind, of those kinds of which there was something. */
  counts(): ReadonlyMap<Kind, ShownCounts>;
  rows(): readonly Left[];
  /** How many rows each code has, also of those that are not kept. */
  leftByCode(): ReadonlyMap<LeftCode, number>;
}

export function importReport(): ImportReport {
  const counts = new Map<Kind, Counts>();
  const byCode = new Map<LeftCode, number>();
  const rows: Left[] = [];

  function countsOf(kind: Kind): Counts {
    const before = counts.get(kind) ?? { carried: 0, there: 0, left: 0 };
    counts.set(kind, before);
    return before;
  }

  return {
    carried: (kind, count = 1) => {
      if (count > 0) countsOf(kind).carried += count;
    },
    there: (kind, count = 1) => {
      if (count > 0) countsOf(kind).there += count;
    },
    left: (one, count = 1) => {
      countsOf(one.kind).left += count;
      byCode.set(one.code, (byCode.get(one.code) ?? 0) + 1);
      if (rows.length < LEFT_MAX_ROWS) rows.push(one);
    },
    counts: () => new Map(ORDER.flatMap((kind) => (counts.has(kind) ? [[kind, countsOf(kind)] as const] : []))),
    rows: () => rows,
    leftByCode: () => byCode,
  };
}
