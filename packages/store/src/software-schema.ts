import type { ReleaseState } from '@updraft/core';
import type { Generated } from 'kysely';

/** What devices can run, from uploaded files to published releases. */
export type SoftwareSchema = {
  readonly artifact: ArtifactTable;
  readonly upload: UploadTable;
  readonly component: ComponentTable;
  readonly component_artifact: ComponentArtifactTable;
  readonly component_metadata: ComponentMetadataTable;
  readonly release: ReleaseTable;
  readonly release_component: ReleaseComponentTable;
  readonly release_device_type: ReleaseDeviceTypeTable;
  readonly release_metadata: ReleaseMetadataTable;
  readonly release_tag: ReleaseTagTable;
  readonly tagged_release: TaggedReleaseTable;
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
  /** Unique (tenant, name_fold, version_fold, kind). */
  kind: string;
  description: Generated<string>;
  vendor: Generated<string>;
  /** 1: its artifacts are encrypted, for devices that have the key. */
  encrypted: Generated<Flag>;
  /** 1: nobody changes it until it is unlocked. What a published release holds never changes anyway. */
  locked: Generated<Flag>;
  /** 1: kept because a release holds it, and shown no more. */
  deleted: Generated<Flag>;
  created_at: Instant;
  created_by: Generated<string>;
  /** 0: unchanged since it was made. */
  changed_at: Generated<Instant>;
  changed_by: Generated<string>;
};

/** Primary key (component, artifact). */
type ComponentArtifactTable = { component: number; artifact: number; position: number };

/** Primary key (component, key). */
type ComponentMetadataTable = {
  component: number;
  key: string;
  value: string;
  value_fold: string;
  /** 1: devices that get the component are told it. */
  visible: Flag;
};

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
  /** 1: nobody changes the draft until it is unlocked. */
  locked: Generated<Flag>;
  /** 1: kept because of what devices got of it, and shown no more. */
  deleted: Generated<Flag>;
  created_at: Instant;
  created_by: Generated<string>;
  /** 0: unchanged since it was made. */
  changed_at: Generated<Instant>;
  changed_by: Generated<string>;
  published_at: Instant | null;
  withdrawn_at: Instant | null;
  revision: Generated<number>;
};

type ReleaseComponentTable = { release: number; component: number; position: number };
type ReleaseDeviceTypeTable = { release: number; device_type: number };

/** Primary key (release, key). */
type ReleaseMetadataTable = { release: number; key: string; value: string; value_fold: string };

/** Labels of releases; those of devices are others. */
type ReleaseTagTable = {
  id: Generated<number>;
  tenant: number;
  /** Unique (tenant, name_fold). */
  name: string;
  name_fold: string;
  description: string;
  colour: string;
  created_at: Instant;
  created_by: string;
  changed_at: Generated<Instant>;
  changed_by: Generated<string>;
};

/** Primary key (tag, release). */
type TaggedReleaseTable = { tag: number; release: number };
