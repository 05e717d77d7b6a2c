import type { Generated } from 'kysely';

/** What operators say of devices: tags, metadata, and their place in one tree of groups. */
export type OrganisationSchema = {
  readonly tag: TagTable;
  readonly device_tag: DeviceTagTable;
  readonly device_metadata: DeviceMetadataTable;
  readonly device_group: DeviceGroupTable;
  readonly tenant_option: TenantOptionTable;
};

type TagTable = {
  id: Generated<number>;
  tenant: number;
  name: string;
  /** Unique (tenant, name_fold). */
  name_fold: string;
  description: Generated<string>;
  /** As people paint it; empty: in none. */
  colour: Generated<string>;
  created_at: number;
  created_by: Generated<string>;
  changed_at: Generated<number>;
  changed_by: Generated<string>;
};

/** Primary key (device, tag). */
type DeviceTagTable = { device: number; tag: number };

/** Primary key (device, key). */
type DeviceMetadataTable = {
  device: number;
  tenant: number;
  key: string;
  value: string;
  value_fold: string;
};

/** A place in the tree: `/plant/line1`. What lies above it has a row too. */
type DeviceGroupTable = {
  id: Generated<number>;
  uid: string;
  tenant: number;
  path: string;
  /** Core's `pathFold`; unique (tenant, path_fold). */
  path_fold: string;
  /** Time zone of the devices below it that name none themselves; empty: that of the group above. */
  zone: string;
  created_at: number;
  revision: Generated<number>;
};

/** Primary key (tenant, key): a setting that another API has, under its name there. Without a row it has its default. */
type TenantOptionTable = {
  tenant: number;
  key: string;
  /** JSON. */
  value: string;
  created_at: number;
  created_by: string;
  /** 0: not since it was set. */
  changed_at: Generated<number>;
  changed_by: Generated<string>;
};
