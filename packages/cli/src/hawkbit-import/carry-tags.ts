import { SourceSet, SourceTag, type SourceTag as Tag } from '@updraft/protocols/hawkbit-management';
import { membersFresh, nameIn } from './members.ts';
import { carryNamed, type Here } from './named-rows.ts';
import { type Ids, type ImportRun, NOT_MADE, sentOver } from './import-run.ts';
import type { Kind } from './import-report.ts';

type Tagging = {
  readonly kind: Kind;
  readonly path: string;
  /** How a request says who gets the tag; null: he is not here. */
  readonly memberOf: (row: unknown) => string | number | null;
  /** The same of a row of this server. */
  readonly hereOf: (row: unknown) => string | number | null;
  readonly query: string;
};

export function carryTargetTags(run: ImportRun, targets: ReadonlySet<string>): Promise<void> {
  const nameOf = nameIn(targets);
  // Whoever is deleted here meanwhile takes no other's tag along.
  const query = '?onNotFoundPolicy=ON_WHAT_FOUND_AND_SUCCESS';
  return carryTags(run, { kind: 'target-tags', path: '/targettags', memberOf: nameOf, hereOf: nameOf, query });
}

export function carrySetTags(run: ImportRun, sets: Ids): Promise<void> {
  const idOf = (row: unknown) => {
    const parsed = SourceSet.safeParse(row);
    return parsed.success ? parsed.data.id : null;
  };
  const memberOf = (row: unknown) => sets.get(idOf(row) ?? NOT_MADE) ?? null;
  return carryTags(run, { kind: 'set-tags', path: '/distributionsettags', memberOf, hereOf: idOf, query: '' });
}

/** Tags, and who bears them. */
async function carryTags(run: ImportRun, tagging: Tagging): Promise<void> {
  const { kind, path } = tagging;
  await carryNamed<Tag>(run, {
    kind,
    path,
    schema: SourceTag,
    keyOf: ({ name }) => name,
    titleOf: ({ name }) => name,
    bodyOf: ({ name, description, colour }) => ({ name, description, colour }),
    more: (tag, here) => putOn(run, tagging, { tag, here }),
  });
}

async function putOn(
  run: ImportRun,
  { path, memberOf, hereOf, query }: Tagging,
  { tag, here }: { readonly tag: Tag; readonly here: Here },
): Promise<void> {
  const kind = 'tagged';
  const from = `${path}/${tag.id}/assigned`;
  const to = `${path}/${here.id}/assigned`;
  for await (const members of membersFresh(run, { kind, from, memberOf, to: here.isNew ? null : to, hereOf })) {
    const some = { kind, name: tag.name, things: members.length } as const;
    await sentOver(run, some, () => run.target.send('POST', to + query, members));
  }
}
