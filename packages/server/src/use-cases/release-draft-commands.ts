import {
  type CommandContext,
  changeRelease,
  completeReleases,
  componentsOfReleases,
  deleteRelease,
  findDefaultReleaseKind,
  findReleaseKindByKey,
  insertRelease,
  keptOrUndone,
  lockComponents,
  lockTenant,
  type ReleaseRow,
  renameRelease,
  setReleaseComponents,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { LOCKED, refused } from './outcome.ts';
import { fittingComponents } from './release-parts.ts';
import { noteRelease, type ReleaseAct, takeRelease } from './taken-release.ts';

/** A draft as one writes it who speaks of kinds. */
export type KindedDraft = {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  /** Key of its kind; left out: the tenant's default. */
  readonly kind?: string;
  /** Numbers. */
  readonly components: readonly number[];
  readonly requiredStep: boolean;
};
/** What is left out stays. */
export type DraftWords = {
  readonly name?: string;
  readonly version?: string;
  readonly description?: string;
  readonly requiredStep?: boolean;
  readonly locked?: boolean;
};

export const releaseDraftCommands = {
  'release.draft': draftReleases,
  'release.amend': amendRelease,
  'release.drop': dropRelease,
};

/** Adds drafts: all of them, or none. */
async function draftReleases(
  context: CommandContext,
  { scope, releases }: { readonly scope: Scope; readonly releases: readonly KindedDraft[] },
) {
  await lockTenant(context, scope.tenant);
  const made: ReleaseRow[] = [];
  const failed: NotDrafted[] = [];
  await keptOrUndone(context, async () => {
    for (const release of releases) {
      const row = await draftOne(context, scope, release);
      if (!('outcome' in row)) made.push(row);
      else return failed.push(row) === 0;
    }
    return true;
  });
  const [refusal] = failed;
  if (refusal !== undefined) return refusal;
  for (const row of made) await noteRelease(context, scope, { event: 'created', row });
  return { outcome: 'created' as const, releases: made.map(({ id }) => id) };
}

type NotDrafted = Exclude<Awaited<ReturnType<typeof draftOne>>, ReleaseRow>;

async function draftOne(context: CommandContext, scope: Scope, release: KindedDraft) {
  const { kind: key, components, requiredStep, ...words } = release;
  const { tenant, actor: created_by } = scope;
  const kind =
    key === undefined ? findDefaultReleaseKind(context.db, tenant) : findReleaseKindByKey(context.db, tenant, key);
  const found = await kind;
  if (found === undefined) return { ...refused('not-found'), missing: 'kind' as const, wanted: key ?? '' };
  const fitting = await fittingComponents(context, scope, { kind: found.id, held: [], added: components });
  if (fitting.outcome === 'refused') return fitting;
  const own = { ...words, tenant, created_by, required_step: requiredStep ? 1 : 0, kind: found.id } as const;
  const row = await insertRelease(context, own);
  if (row === undefined) return { ...refused('name-taken'), name: `${release.name} ${release.version}` };
  await setReleaseComponents(context, row.id, fitting.components);
  return row;
}

/**
 * Of what is published only its description changes, and locked it stays; of a locked draft what devices would see of it
 * stays until it is unlocked. Locking takes the components with it.
 */
async function amendRelease(
  context: CommandContext,
  { scope, id, change }: ReleaseAct & { readonly change: DraftWords },
) {
  const row = await takeRelease(context, { scope, id });
  if (row === undefined) return refused('not-found');
  const { name = row.name, version = row.version, description = row.description, locked } = change;
  const requiredStep = change.requiredStep ?? row.required_step === 1;
  const isFixed = row.state !== 'draft';
  const isRenamed = name !== row.name || version !== row.version;
  const isOther = requiredStep !== (row.required_step === 1);
  if (isFixed && (isRenamed || isOther || locked === false)) return LOCKED;
  if (isOther && row.locked === 1 && locked !== false) return LOCKED;
  if (locked === true && !isFixed && !(await completeReleases(context.db, [id])).has(id))
    return { outcome: 'refused' as const, code: 'incomplete' as const };
  if (isRenamed && (await renameRelease(context, row, { name, version })) === 'taken')
    return { ...refused('name-taken'), name: `${name} ${version}` };
  const lock = locked === undefined || isFixed ? {} : ({ locked: locked ? 1 : 0 } as const);
  const marks = { changed_at: context.now, changed_by: scope.actor };
  await changeRelease(context, id, { description, required_step: requiredStep ? 1 : 0, ...lock, ...marks });
  if (locked === true) {
    const components = await componentsOfReleases(context.db, [id]);
    await lockComponents(
      context,
      components.map((component) => component.id),
    );
  }
  await noteRelease(context, scope, { event: 'changed', row });
  return { outcome: 'changed' as const };
}

/** A draft is removed; what was published is kept for those that got it, and shown no more. */
async function dropRelease(context: CommandContext, { scope, id }: ReleaseAct) {
  const row = await takeRelease(context, { scope, id });
  if (row === undefined || row.deleted === 1) return refused('not-found');
  if (row.state === 'draft') await deleteRelease(context, id);
  else await changeRelease(context, id, { deleted: 1, changed_at: context.now, changed_by: scope.actor });
  await noteRelease(context, scope, { event: 'deleted', row });
  return { outcome: 'deleted' as const };
}
