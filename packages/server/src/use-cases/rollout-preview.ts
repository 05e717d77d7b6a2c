import type { RolloutPreview } from '@updraft/protocols';
import { setAside, type Schema } from '@updraft/store';
import type { Kysely } from 'kysely';
import type { z } from 'zod';
import type { Scope } from '../access/scope.ts';
import { sampleViews } from './device-samples.ts';
import { readDraft, type DraftInput } from './rollout-draft.ts';
import { problemView } from './rollout-view.ts';

export type PreviewView = z.output<typeof RolloutPreview>;

/** What a rollout would do before it is made: how many in each phase, who is left out or held and why, and warnings. */
export async function previewRollout(
  reader: Kysely<Schema>,
  scope: Scope,
  { draft, now }: { readonly draft: DraftInput; readonly now: number },
) {
  const read = await readDraft(reader, scope, { draft, now });
  if (read.outcome === 'refused') return read;
  const { excluded, held } = await setAside(reader, read.choice, { weight: draft.weight, now });
  const view: PreviewView = {
    total: read.counts.total,
    phases: read.choice.phases.map(({ name }, index) => ({ number: index + 1, name, total: read.sizes[index] ?? 0 })),
    excluded: sampleViews(excluded),
    held: sampleViews(held),
    warnings: [...(read.release.state === 'published' ? [] : [UNPUBLISHED]), ...read.problems.map(problemView)],
  };
  return { outcome: 'previewed' as const, view };
}

const UNPUBLISHED = {
  code: 'release-not-published',
  path: 'release',
  severity: 'refused',
  detail: 'The release is not published; publish it before the rollout is made.',
} as const;
