import {
  appendEvent,
  changeReleaseTag,
  type CommandContext,
  deleteReleaseTag,
  findReleaseTag,
  findReleaseTagById,
  insertReleaseTag,
  lockTenant,
  releasesById,
  tagReleases,
  type TagWords,
  untagReleases,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { refused } from './outcome.ts';

type TagAct = { readonly scope: Scope; readonly id: number };

/** Labels of releases. */
export const releaseTagCommands = {
  'release-tag.create': createTags,
  'release-tag.change': changeTag,
  'release-tag.drop': dropTag,
  'release-tag.mark': markReleases,
};

/** Adds tags: all of them, or none. */
async function createTags(
  context: CommandContext,
  { scope, tags }: { readonly scope: Scope; readonly tags: readonly Required<TagWords>[] },
) {
  await lockTenant(context, scope.tenant);
  const names = new Set<string>();
  for (const { name } of tags) {
    const isTaken = (await findReleaseTag(context.db, scope.tenant, name)) !== undefined;
    if (isTaken || names.has(name.toLowerCase())) return { ...refused('name-taken'), name };
    names.add(name.toLowerCase());
  }
  const made: number[] = [];
  for (const tag of tags) {
    const row = await insertReleaseTag(context, scope, tag);
    if (row === undefined) throw new Error(`the release tag ${tag.name} was added meanwhile`);
    await noteTag(context, scope, { event: 'created', name: tag.name });
    made.push(row.id);
  }
  return { outcome: 'created' as const, tags: made };
}

async function changeTag(context: CommandContext, { scope, id, change }: TagAct & { readonly change: TagWords }) {
  await lockTenant(context, scope.tenant);
  const tag = await findReleaseTagById(context.db, scope.tenant, id);
  if (tag === undefined) return refused('not-found');
  const { name } = change;
  const other = name === undefined ? undefined : await findReleaseTag(context.db, scope.tenant, name);
  if (other !== undefined && other !== id) return refused('name-taken');
  await changeReleaseTag(context, { id, actor: scope.actor }, change);
  await noteTag(context, scope, { event: 'changed', name: name ?? tag.name });
  return { outcome: 'changed' as const };
}

async function dropTag(context: CommandContext, { scope, id }: TagAct) {
  const tag = await findReleaseTagById(context.db, scope.tenant, id);
  if (tag === undefined) return refused('not-found');
  await deleteReleaseTag(context, id);
  await noteTag(context, scope, { event: 'deleted', name: tag.name });
  return { outcome: 'deleted' as const };
}

/** Puts a tag on releases (their numbers), or takes it off them; where one does not exist, nothing is changed. */
async function markReleases(
  context: CommandContext,
  input: TagAct & { readonly releases: readonly number[]; readonly tagged: boolean },
) {
  const { scope, id, tagged } = input;
  const tag = await findReleaseTagById(context.db, scope.tenant, id);
  if (tag === undefined) return { ...refused('not-found'), missing: null };
  const wanted = [...new Set(input.releases)];
  const known = (await releasesById(context.db, scope.tenant, wanted)).filter(({ deleted }) => deleted === 0);
  const missing = wanted.filter((release) => !known.some((row) => row.id === release));
  if (missing.length > 0) return { ...refused('not-found'), missing };
  await (tagged ? tagReleases(context, id, wanted) : untagReleases(context, id, wanted));
  const data = { tag: tag.name, releases: known.map(({ uid }) => uid) };
  const subject = { kind: 'release-tag', id: tag.name };
  const name = tagged ? 'release.tagged' : 'release.untagged';
  await appendEvent(context, { tenant: scope.tenant, actor: scope.actor, name, subject, data });
  return { outcome: 'changed' as const };
}

async function noteTag(
  context: CommandContext,
  { tenant, actor }: Scope,
  { event, name }: { readonly event: string; readonly name: string },
): Promise<void> {
  const subject = { kind: 'release-tag', id: name };
  await appendEvent(context, { tenant, actor, name: `release-tag.${event}`, subject, data: {} });
}
