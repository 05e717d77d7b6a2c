import {
  appendEvent,
  bumpRolloutsRevision,
  type CommandContext,
  componentsById,
  dropSoftwareMetadata,
  lockTenant,
  releasesById,
  saveSoftwareMetadata,
  softwareMetadata,
  type SoftwareMetadata,
  type SoftwareOwner,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { refused } from './outcome.ts';

/** hawkBit's limit, which its clients expect. */
const MAX_KEYS = 100;

type Owned = { readonly scope: Scope; readonly owner: SoftwareOwner; readonly id: number };
/** What is left out of a change stays. */
export type MetadataChange = { readonly key: string; readonly value?: string; readonly visible?: boolean };

export const softwareMetadataCommands = {
  'software-metadata.add': addKeys,
  'software-metadata.change': changeKey,
  'software-metadata.drop': dropKey,
};

/** Adds keys: all of them, or none. */
async function addKeys(context: CommandContext, input: Owned & { readonly metadata: readonly SoftwareMetadata[] }) {
  const { scope, owner, id, metadata } = input;
  const known = await takeKeys(context, input);
  if (known === undefined) return refused('not-found');
  const keys = new Set(known.keys());
  for (const { key } of metadata) {
    if (keys.has(key)) return { ...refused('name-taken'), key };
    keys.add(key);
  }
  if (keys.size > MAX_KEYS) return { ...refused('limit-reached'), limit: MAX_KEYS };
  for (const one of metadata) await saveSoftwareMetadata(context, { owner, id }, one);
  return note(context, { scope, owner, id });
}

async function changeKey(context: CommandContext, input: Owned & { readonly change: MetadataChange }) {
  const { scope, owner, id, change } = input;
  const before = (await takeKeys(context, input))?.get(change.key);
  if (before === undefined) return refused('not-found');
  await saveSoftwareMetadata(context, { owner, id }, { ...before, ...change });
  return note(context, { scope, owner, id });
}

async function dropKey(context: CommandContext, input: Owned & { readonly key: string }) {
  const { scope, owner, id, key } = input;
  if ((await takeKeys(context, input))?.has(key) !== true) return refused('not-found');
  await dropSoftwareMetadata(context, { owner, id }, key);
  return note(context, { scope, owner, id });
}

/** Undefined where there is no such component or release. */
async function takeKeys(
  context: CommandContext,
  { scope, owner, id }: Owned,
): Promise<ReadonlyMap<string, SoftwareMetadata> | undefined> {
  await lockTenant(context, scope.tenant);
  const find = owner === 'component' ? componentsById : releasesById;
  const [row] = await find(context.db, scope.tenant, [id]);
  if (row === undefined || row.deleted === 1) return undefined;
  return new Map((await softwareMetadata(context.db, owner, id)).map((one) => [one.key, one]));
}

async function note(context: CommandContext, { scope, owner, id }: Owned) {
  // Devices may be shown it: what they were told of their updates is told no more.
  if (owner === 'component') await bumpRolloutsRevision(context, scope.tenant);
  const subject = { kind: owner, id: String(id) };
  const name = `${owner}.metadata-changed`;
  await appendEvent(context, { tenant: scope.tenant, actor: scope.actor, name, subject, data: {} });
  return { outcome: 'changed' as const };
}
