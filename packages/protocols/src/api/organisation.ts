import { GROUP_PATH_MAX_CHARACTERS, readGroupPath, zoneName } from '@updraft/core';
import { z } from 'zod';
import { DeviceName } from './device-name.ts';
import { MAX_DEVICES_PER_ASSIGNMENT } from './fleet.ts';
import { ListQuery, Name, pageOf, Timestamp, Uid, UidParams } from './list.ts';
import type { Route } from './route.ts';

/** hawkBit's limits, which its clients expect. */
const METADATA_KEY_MAX_CHARACTERS = 128;
const METADATA_VALUE_MAX_CHARACTERS = 4000;
const MAX_KEYS_PER_CHANGE = 100;

/** A group's place in the tree: `/plant/line1`. */
const GroupPath = z
  .string()
  .max(GROUP_PATH_MAX_CHARACTERS)
  .refine((path) => readGroupPath(path) !== null, 'expected a path such as `/plant/line1`')
  .transform((path) => readGroupPath(path) ?? '')
  .meta({ id: 'GroupPath' });

const ZoneName = z
  .string()
  .max(64)
  .refine((zone) => zone === '' || zoneName(zone) !== '', 'expected a time zone such as `Europe/Rome`')
  .transform(zoneName)
  .describe('Time zone of the devices in it and below that name none themselves; empty: that of the group above')
  .meta({ id: 'ZoneName' });

const Tag = z
  .object({
    name: Name,
    devices: z.number().int().describe('How many bear it, counted up to 10000'),
    createdAt: Timestamp,
  })
  .meta({ id: 'Tag' });

const Group = z
  .object({ id: Uid, path: z.string(), zone: z.string(), createdAt: Timestamp, revision: z.number().int() })
  .meta({ id: 'Group' });

const DeviceNames = z.array(DeviceName).min(1).max(MAX_DEVICES_PER_ASSIGNMENT);
const TaggedDevices = z.object({ devices: DeviceNames }).meta({ id: 'TaggedDevices' });
const GroupedDevices = z
  .object({ devices: DeviceNames, group: GroupPath.nullable().describe('Made where it is missing; null: none') })
  .meta({ id: 'GroupedDevices' });

const MetadataKey = z
  .string()
  .min(1)
  .max(METADATA_KEY_MAX_CHARACTERS)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u);
const MetadataValue = z
  .string()
  .max(METADATA_VALUE_MAX_CHARACTERS)
  .refine((text) => !text.includes('\u0000'), 'U+0000 is not allowed');
const MetadataChange = z
  .object({
    devices: DeviceNames,
    metadata: z
      .record(MetadataKey, MetadataValue.nullable())
      .refine((keys) => Object.keys(keys).length <= MAX_KEYS_PER_CHANGE, `at most ${MAX_KEYS_PER_CHANGE} keys`)
      .describe('null removes a key'),
  })
  .meta({ id: 'MetadataChange' });

const DevicesChanged = z
  .object({
    changed: z.number().int().describe('Devices that were not so before'),
    missing: z.array(z.string()).describe('Names that no device has'),
  })
  .meta({ id: 'DevicesChanged' });

const NewGroup = z.object({ path: GroupPath, zone: ZoneName.default('') }).meta({ id: 'NewGroup' });
const GroupChange = z.object({ zone: ZoneName }).meta({ id: 'GroupChange' });
const TagParams = z.object({ tag: Name });

// prettier-ignore
export const organisationRoutes = {
  'tags.list': { method: 'GET', path: '/tags', tag: 'devices', summary: 'Tags', query: ListQuery, success: { status: 200, body: pageOf(Tag) }, errors: [] },
  'tags.put-on': { method: 'POST', path: '/tags/{tag}/devices', tag: 'devices', summary: 'Put a tag on devices; it is made where it is missing', params: TagParams, body: TaggedDevices, success: { status: 200, body: DevicesChanged }, errors: [] },
  'tags.take-off': { method: 'POST', path: '/tags/{tag}/devices/remove', tag: 'devices', summary: 'Take a tag off devices', params: TagParams, body: TaggedDevices, success: { status: 200, body: DevicesChanged }, errors: ['not-found'] },
  'tags.delete': { method: 'DELETE', path: '/tags/{tag}', tag: 'devices', summary: 'Delete a tag that no device bears', params: TagParams, success: { status: 204 }, errors: ['not-found', 'tag-in-use'] },
  'metadata.set': { method: 'POST', path: '/metadata', tag: 'devices', summary: 'Set or remove keys of what operators say of devices', body: MetadataChange, success: { status: 200, body: DevicesChanged }, errors: ['limit-reached'] },
  'groups.list': { method: 'GET', path: '/groups', tag: 'devices', summary: 'Groups: one tree, in which a device has one place', query: ListQuery, success: { status: 200, body: pageOf(Group) }, errors: [] },
  'groups.create': { method: 'POST', path: '/groups', tag: 'devices', summary: 'Make a group, with those above it', body: NewGroup, success: { status: 201, body: Group }, errors: ['name-taken'], creates: true, versioned: true },
  'groups.move': { method: 'POST', path: '/groups/devices', tag: 'devices', summary: 'Put devices into a group, or into none', body: GroupedDevices, success: { status: 200, body: DevicesChanged }, errors: [] },
  'groups.change': { method: 'PATCH', path: '/groups/{id}', tag: 'devices', summary: 'Name the time zone of a group', params: UidParams, body: GroupChange, success: { status: 200, body: Group }, errors: ['not-found'], changes: true, versioned: true },
  'groups.delete': { method: 'DELETE', path: '/groups/{id}', tag: 'devices', summary: 'Delete a group that holds neither devices nor groups', params: UidParams, success: { status: 204 }, errors: ['not-found', 'group-in-use'], changes: true },
} as const satisfies Record<string, Route>;
