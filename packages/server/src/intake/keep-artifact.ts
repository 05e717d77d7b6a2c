import { link, rm } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { type CommandRunner, newUid, type ObjectStore, type Schema } from '@updraft/store';
import type { Kysely } from 'kysely';
import type { Scope } from '../access/scope.ts';
import type { Refusal } from '../http/problems.ts';
import type { ArtifactView } from '../use-cases/artifact-view.ts';
import type { Commands } from '../use-cases/commands.ts';
import type { Once } from '../use-cases/once.ts';
import { readSigningTrust, type SigningTrust } from '../use-cases/signing-trust.ts';
import type { RecordedFile } from './bundle-record.ts';
import type { Inspector } from './inspector.ts';
import { INTAKE_LIMITS } from './intake-limits.ts';
import { decideSigning, type SigningDecision } from './signing-policy.ts';

export type Keeper = {
  readonly reader: Kysely<Schema>;
  readonly commands: CommandRunner<Commands>;
  readonly objects: Pick<ObjectStore, 'adopt'>;
  readonly inspector: Inspector;
};

export type CompleteFile = {
  readonly scope: Scope;
  readonly filename: string;
  readonly path: string;
  readonly facts: RecordedFile;
  /** The upload that it came by; null for a direct one. */
  readonly upload: string | null;
  readonly once: Once | null;
};

export type Kept =
  | { readonly kept: ArtifactView; readonly replayed: boolean }
  | Refusal
  /** Another request has ended the upload. */
  | 'upload-ended';

/**
 * Makes an artifact of a complete file, if the signing policy lets it. The object is there before its row, and is adopted
 * once more after it: whoever removed it meanwhile, because no row needed it, has not seen this one. The file stays: until
 * the row is durable, a resumable upload must find its bytes again.
 */
export async function keepArtifact(keeper: Keeper, file: CompleteFile): Promise<Kept> {
  const { scope, facts } = file;
  for (let judging = 0; judging < INTAKE_LIMITS.judgings; judging++) {
    const trust = await readSigningTrust(keeper.reader, scope.tenant);
    const decision = await judgeContent(keeper.inspector, facts, trust);
    if (!decision.accepted) return { problem: decision.code, detail: decision.detail, reason: decision.reason };
    await adoptLink(keeper.objects, file);
    const added = await addRow(keeper, file, { decision, trust });
    if (added.outcome === 'refused') {
      if (added.code === 'judgement-stale') continue;
      if (added.code === 'upload-ended') return 'upload-ended';
      return { problem: added.code, detail: 'This Idempotency-Key came with another request; use a new one.' };
    }
    await adoptLink(keeper.objects, file);
    return { kept: added.artifact, replayed: added.replayed ?? false };
  }
  return { problem: 'limit-reached', detail: 'The signing certificates keep changing; try again when they do not.' };
}

/** Hands a second name of the file to the objects. Left by a crash, it is swept as an upload that nobody knows. */
async function adoptLink(objects: Keeper['objects'], { scope, facts, path }: CompleteFile): Promise<void> {
  const second = join(dirname(path), `${newUid(Date.now())}${extname(path)}`);
  await link(path, second);
  try {
    await objects.adopt(scope.tenant, facts.sha256, second);
  } finally {
    await rm(second, { force: true });
  }
}

/** Judges recorded content by what the tenant trusts now. */
export async function judgeContent(
  inspector: Inspector,
  { kind, inspection }: Pick<RecordedFile, 'kind' | 'inspection'>,
  { policy, certificates }: SigningTrust,
): Promise<SigningDecision> {
  if (kind === 'other') return decideSigning(policy, { kind });
  return decideSigning(policy, await inspector.judge({ inspection, certificates, now: Date.now() }));
}

function addRow(
  { commands }: Keeper,
  { scope, filename, facts, upload, once }: CompleteFile,
  judged: { readonly decision: Extract<SigningDecision, { accepted: true }>; readonly trust: SigningTrust },
) {
  const { signature, reason } = judged.decision;
  const artifact = { ...facts, filename, signature, reason };
  return commands.run('artifact.add', { scope, once, artifact, trust: judged.trust.basis, upload });
}
