import type { Generated } from 'kysely';

/** Kinds of components and releases that a tenant has declared, for those who check what a release is made of. */
export type KindSchema = {
  readonly component_kind: ComponentKindTable;
  readonly release_kind: ReleaseKindTable;
  readonly release_kind_part: ReleaseKindPartTable;
  readonly device_type_release_kind: DeviceTypeReleaseKindTable;
};

type Flag = 0 | 1;
type Instant = number;

type NamedKind = {
  id: Generated<number>;
  tenant: number;
  /** A short name for programs; unique (tenant, key_fold). */
  key: string;
  key_fold: string;
  /** Unique (tenant, name_fold). */
  name: string;
  name_fold: string;
  description: Generated<string>;
  colour: Generated<string>;
  /** 1: kept because something is of this kind, and shown no more. */
  deleted: Generated<Flag>;
  created_at: Instant;
  created_by: string;
  changed_at: Instant;
  changed_by: string;
};

/** `component.kind` is its key. */
type ComponentKindTable = NamedKind & {
  /** A component of it is whole with so many artifacts. */
  min_artifacts: Generated<number>;
  /** A release has at most so many components of it. */
  max_assignments: Generated<number>;
};

type ReleaseKindTable = NamedKind;

/** Primary key (release_kind, component_kind): of which components a release of the kind consists. */
type ReleaseKindPartTable = { release_kind: number; component_kind: number; mandatory: Flag };

/** Primary key (device_type, release_kind): releases of which kinds a device of the type takes. */
type DeviceTypeReleaseKindTable = { device_type: number; release_kind: number };
