import type { Artifact, Upload } from '@updraft/protocols';
import type { ArtifactRow, UploadWithArtifact } from '@updraft/store';
import type { z } from 'zod';
import { timestamp } from './timestamp.ts';

export type ArtifactView = z.output<typeof Artifact>;
export type UploadView = z.output<typeof Upload>;

export function artifactView(row: ArtifactRow): ArtifactView {
  return {
    id: row.uid,
    filename: row.filename,
    size: row.size,
    sha256: row.sha256,
    sha1: row.sha1,
    md5: row.md5,
    kind: row.kind,
    signature: row.signature,
    reason: row.reason,
    signers: JSON.parse(row.signers) as ArtifactView['signers'],
    createdAt: timestamp(row.created_at),
    createdBy: row.created_by,
  };
}

/** `safe`: bytes on disk. An open upload whose bytes are all there is being checked. */
export function uploadView(row: UploadWithArtifact, safe: number): UploadView {
  const isOpen = row.state === 'receiving';
  return {
    id: row.uid,
    filename: row.filename,
    size: row.size,
    offset: isOpen ? safe : row.size,
    state: isOpen && safe === row.size ? 'checking' : row.state,
    artifact: row.artifact_uid,
    code: row.code,
    expiresAt: timestamp(row.expires_at),
  };
}
