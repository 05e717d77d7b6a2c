import type { ReleaseState } from '@updraft/core';
import type { Generated } from 'kysely';

/** What devices can run, from uploaded files to published releases. */
export type SoftwareSchema = {
  readonly artifact: ArtifactTable;
  readonly upload: UploadTable;
  readonly component: ComponentTable;
  readonly component_artifact: ComponentArtifactTable;
  readonly release: ReleaseTable;
  readonly release_component: ReleaseComponentTable;
  readonly release_device_type: ReleaseDeviceTypeTable;
};

type Flag = 0 | 1;
type Instant = number;

type ArtifactTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  filename: string;
  filename_fold: string;
  size: number;
  sha256: string;
  sha1: string;
  md5: string;
  kind: 'swu' | 'other';
  signature: 'verified' | 'unverified' | 'unsigned';
  reason: string | null;
  /** JSON: the signers, and what `bundle inspect` says. */
  signers: string;
  inspection: string;
  created_at: Instant;
  created_by: string;
};

type UploadTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  filename: string;
  size: number;
  state: 'receiving' | 'checking' | 'done' | 'refused';
  artifact: number | null;
  code: string | null;
  created_by: string;
  created_at: Instant;
  expires_at: Instant;
};

type ComponentTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  name_fold: string;
  version: string;
  version_fold: string;
  kind: string;
  created_at: Instant;
};

/** Primary key (component, artifact). */
type ComponentArtifactTable = { component: number; artifact: number; position: number };

type ReleaseTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  name: string;
  name_fold: string;
  version: string;
  version_fold: string;
  description: string;
  state: ReleaseState;
  required_step: Generated<Flag>;
  /** Canonical JSON and its sha256, fixed at publishing. */
  manifest: string | null;
  manifest_sha256: string | null;
  counter: number | null;
  /** Its release kind; null: of none. */
  kind: Generated<number | null>;
  created_at: Instant;
  published_at: Instant | null;
  withdrawn_at: Instant | null;
  revision: Generated<number>;
};

type ReleaseComponentTable = { release: number; component: number; position: number };
type ReleaseDeviceTypeTable = { release: number; device_type: number };
