import { join } from 'node:path';
import type { Mount } from '../http/app.ts';
import { createIntake } from '../intake/intake.ts';
import { sweepUploads } from '../intake/sweep-uploads.ts';
import { mountArtifactBytes } from './artifact-bytes.ts';
import { artifactHandlers } from './artifacts.ts';
import { componentHandlers } from './components.ts';
import { publishJudged, type PublishedJudged } from './publish-judged.ts';
import { releaseHandlers } from './releases.ts';
import type { SoftwareParts } from './software-parts.ts';
import { mountTus } from './tus/tus-routes.ts';

/** A file of no open upload that was written since may be in the hands of another server on the same folder. */
const LEFTOVER_AFTER_MS = 24 * 3_600_000;

export type SoftwareOptions = Omit<SoftwareParts, 'intake'> & { readonly dataDir: string };

/** Artifacts, uploads, components and releases, ready to be mounted. */
export interface Software extends AsyncDisposable {
  readonly handlers: ReturnType<typeof softwareHandlers>;
  /** For other doors to artifacts. */
  readonly parts: SoftwareParts;
  /** Operations whose bodies are bytes; each on an instance of its own, behind authentication. */
  readonly mounts: readonly Mount[];
  /** Publishes a release once its bundles are judged to be fit. */
  readonly publish: (input: Parameters<typeof publishJudged>[1]) => Promise<PublishedJudged>;
  /** Ends expired uploads and removes what crashes have left. To be called now and then. */
  sweep(): Promise<void>;
}

/** On SQLite nobody else uses the folder: what an earlier process left is removed before the first request. */
export async function openSoftware(options: SoftwareOptions): Promise<Software> {
  const { dataDir, ...rest } = options;
  const intake = await createIntake(join(dataDir, 'uploads'));
  const parts: SoftwareParts = { ...rest, intake };
  const { reader, commands, dialect } = parts.store;
  const sweep = (leftBefore: number) => sweepUploads({ reader, commands, intake }, leftBefore);
  await sweep(dialect === 'sqlite' ? Infinity : Date.now() - LEFTOVER_AFTER_MS);
  return {
    handlers: softwareHandlers(parts),
    parts,
    mounts: [(app) => mountArtifactBytes(app, parts), (app) => mountTus(app, parts)],
    publish: (input) => publishJudged(parts, input),
    sweep: () => sweep(Date.now() - LEFTOVER_AFTER_MS),
    [Symbol.asyncDispose]: () => intake.close(),
  };
}

function softwareHandlers(parts: SoftwareParts) {
  return { ...artifactHandlers(parts), ...componentHandlers(parts), ...releaseHandlers(parts) };
}
