import { type CommandContext, metadataOfDevices, saveMetadata } from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { settleDeviceSet, takeDeviceSet } from './device-set.ts';
import { refused } from './outcome.ts';

/** hawkBit's limit, which its clients expect. */
const MAX_METADATA_PER_DEVICE = 100;

type MetadataInput = {
  readonly scope: Scope;
  readonly devices: readonly string[];
  /** `null` removes the key. */
  readonly metadata: Readonly<Record<string, string | null>>;
};

export const metadataCommands = { 'metadata.set': setMetadata };

/** Sets or removes keys on all of these devices, or, where one of them would have too many, on none. */
async function setMetadata(context: CommandContext, { scope, devices, metadata }: MetadataInput) {
  const set = await takeDeviceSet(context, scope, devices);
  const before = await metadataOfDevices(
    context.db,
    set.taken.map(({ id }) => id),
  );
  const touched = set.taken.filter(({ id }) => isNews(before.get(id), metadata));
  if (touched.some(({ id }) => sizeAfter(before.get(id), metadata) > MAX_METADATA_PER_DEVICE))
    return { ...refused('limit-reached'), limit: MAX_METADATA_PER_DEVICE };
  for (const { id } of touched) await saveMetadata(context, { id, tenant: scope.tenant }, metadata);
  const changed = touched.map(({ id }) => id);
  return settleDeviceSet(context, scope, { event: 'device.metadata-changed', set, changed, data: { metadata } });
}

type Known = ReadonlyMap<string, string> | undefined;

function isNews(known: Known, metadata: MetadataInput['metadata']): boolean {
  return Object.entries(metadata).some(([key, value]) => (known?.get(key) ?? null) !== value);
}

function sizeAfter(known: Known, metadata: MetadataInput['metadata']): number {
  const keys = new Set(known?.keys());
  for (const [key, value] of Object.entries(metadata)) {
    if (value === null) keys.delete(key);
    else keys.add(key);
  }
  return keys.size;
}
