import { SourceMetadata } from '@updraft/protocols/hawkbit-management';
import type { Here } from './named-rows.ts';
import { type ImportRun, sentOver, sourceRows, targetRows } from './import-run.ts';

/** Whose metadata it is: addresses there and here, without the last segment. */
export type Described = {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly here: Pick<Here, 'isNew'>;
};

/** Adds the keys that are not here yet; what stands under the others stays. */
export async function carryMetadata(run: ImportRun, { name, from, to, here }: Described): Promise<void> {
  const [kind, path] = ['metadata', `${from}/metadata`] as const;
  const entries: SourceMetadata[] = [];
  for await (const entry of sourceRows(run, { kind, path }, SourceMetadata)) entries.push(entry);
  if (entries.length === 0) return;
  const known = here.isNew ? new Set<string>() : await keysAt(run, to);
  const fresh = entries.filter(({ key }) => !known.has(key));
  run.report.there(kind, entries.length - fresh.length);
  if (fresh.length === 0) return;
  await sentOver(run, { kind, name, things: fresh.length }, () =>
    run.target.send('POST', `${to}/metadata`, fresh.map(bodyOf)),
  );
}

/** Only devices' software knows "visible for targets"; elsewhere false means nothing, and is left out. */
function bodyOf({ key, value, targetVisible }: SourceMetadata) {
  return { key, value, ...(targetVisible ? { targetVisible } : {}) };
}

async function keysAt(run: ImportRun, to: string): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  for await (const { key } of targetRows(run, `${to}/metadata`, SourceMetadata)) keys.add(key);
  return keys;
}
