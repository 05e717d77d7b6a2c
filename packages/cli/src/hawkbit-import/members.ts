import { SourceTarget } from '@updraft/protocols/hawkbit-management';
import { type ImportRun, sourceRows } from './import-run.ts';
import type { Kind } from './import-report.ts';

/** What one request names: far below the 5000 that both servers take. */
const MEMBERS_PER_REQUEST = 500;

export type Membership<M> = {
  readonly kind: Kind;
  /** The source's list of members. */
  readonly from: string;
  /** Null: nothing here stands for it. */
  readonly memberOf: (row: unknown) => M | null;
  /** The list of those that are members here already; null: there can be none yet. */
  readonly to: string | null;
  readonly hereOf: (row: unknown) => M | null;
};

/** The members that this server does not know yet, in portions that one request takes. Those that it knows are counted. */
export async function* membersFresh<M>(run: ImportRun, membership: Membership<M>): AsyncGenerator<M[], void> {
  const { kind, from, memberOf, to } = membership;
  const known = to === null ? new Set<M>() : await membersAt(run, to, membership.hereOf);
  let portion: M[] = [];
  for await (const row of sourceRows(run, { kind, path: from }, AS_IT_IS)) {
    const member = memberOf(row);
    if (member === null) continue;
    run.progress.seen(kind);
    if (known.has(member)) {
      run.report.there(kind);
      continue;
    }
    portion.push(member);
    if (portion.length < MEMBERS_PER_REQUEST) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}

/** The name in a row of a list of targets, of those that are here. */
export function nameIn(targets: ReadonlySet<string>): (row: unknown) => string | null {
  return (row) => {
    const parsed = SourceTarget.safeParse(row);
    return parsed.success && targets.has(parsed.data.controllerId) ? parsed.data.controllerId : null;
  };
}

const AS_IT_IS = { safeParse: (data: unknown) => ({ success: true as const, data }) };

async function membersAt<M>(
  { target }: ImportRun,
  path: string,
  hereOf: Membership<M>['hereOf'],
): Promise<ReadonlySet<M>> {
  const members = new Set<M>();
  for await (const row of target.list(path)) {
    const member = hereOf(row);
    if (member !== null) members.add(member);
  }
  return members;
}
