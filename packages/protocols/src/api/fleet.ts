import {
  ASSIGNMENT_STATES,
  ATTEMPT_STATES,
  DEFAULT_TIME_LIMITS,
  EVIDENCE,
  GATES,
  MAX_FILTER_CHARACTERS,
  MAX_TIME_LIMIT_SECONDS,
  MIN_TIME_LIMIT_SECONDS,
  PHASE_STATES,
  ROLLOUT_STATES,
} from '@updraft/core';
import { z } from 'zod';
import { Description, ListQuery,  Name, pageOf, Timestamp, Uid, UidParams } from './list.ts';
import type { Route } from './route.ts';

export const DEVICE_NAME_MAX_CHARACTERS = 256;
export const DEVICE_TOKEN_MAX_CHARACTERS = 128;
export const MAX_DEVICES_PER_ASSIGNMENT = 5000;
export const DEFAULT_WEIGHT = 1000;

/** What a device is called, on every wire: no white space, so that it stands in a path and in a log line. */
export const DeviceName = z
  .string()
  .min(1)
  .max(DEVICE_NAME_MAX_CHARACTERS)
  .regex(/^[^\s\p{Cc}]+$/u, 'no white space and no control characters')
  .refine((name) => name !== '.' && name !== '..', 'no address can carry "." or ".."');

export const ReleaseReference = z.object({ id: Uid, name: z.string(), version: z.string() });

/** The states that are shown: those of an attempt, those of an assignment, and `verifying` for both waits after an install. */
export const ShownState = z.enum([...new Set([...ATTEMPT_STATES, ...ASSIGNMENT_STATES, 'verifying' as const])]);

export const AssignmentSummary = z.object({
  number: z.number().int(),
  release: ReleaseReference,
  rollout: Uid,
  state: ShownState,
  reason: z.string().nullable(),
});

export const Device = z
  .object({
    name: DeviceName,
    number: z.number().int(),
    type: z.string().nullable(),
    description: z.string(),
    identity: z.enum(['accepted', 'pending', 'rejected']),
    attributes: z.record(z.string(), z.string()),
    runningRelease: ReleaseReference.nullable(),
    assignment: AssignmentSummary.nullable().describe('The current one'),
    lastContactAt: Timestamp.nullable().describe('May be a few seconds old: contacts are written in batches'),
    createdAt: Timestamp,
    revision: z.number().int(),
  })
  .meta({ id: 'Device' });

const NewDevice = z
  .object({
    name: DeviceName,
    type: Name.nullable().default(null),
    description: Description.default(''),
    token: z.string().regex(/^[\x21-\x7e]+$/).max(DEVICE_TOKEN_MAX_CHARACTERS).optional().describe('Else one is made'),
  })
  .meta({ id: 'NewDevice' });
const DeviceChange = z
  .object({ type: Name.nullable(), description: Description })
  .partial()
  .meta({ id: 'DeviceChange' });
export const CreatedDevice = Device.extend({ token: z.string().describe('The target token; shown this once') }).meta({
  id: 'CreatedDevice',
});
export const DeviceParams = z.object({ device: DeviceName });

export const GateView = z
  .object({
    gate: z.enum(GATES),
    passed: z.boolean(),
    fact: z.string(),
    nextChange: Timestamp.nullable(),
  })
  .meta({ id: 'Gate' });

export const Why = z
  .object({
    device: DeviceName,
    state: ShownState.nullable().describe('Of the current assignment'),
    mayDownload: z.boolean(),
    mayInstall: z.boolean(),
    gates: z.array(GateView),
    lastContactAt: Timestamp.nullable(),
    summary: z.string().describe('One sentence for people'),
  })
  .meta({ id: 'Why' });

const limitSeconds = (name: keyof typeof DEFAULT_TIME_LIMITS) =>
  z.number().int().min(MIN_TIME_LIMIT_SECONDS).max(MAX_TIME_LIMIT_SECONDS).default(DEFAULT_TIME_LIMITS[name]);

export const TimeLimitsView = z
  .object({
    downloadingSeconds: limitSeconds('downloadingSeconds'),
    downloadedSeconds: limitSeconds('downloadedSeconds'),
    installingSeconds: limitSeconds('installingSeconds'),
    awaitingReportSeconds: limitSeconds('awaitingReportSeconds'),
    awaitingEvidenceSeconds: limitSeconds('awaitingEvidenceSeconds'),
    cancelingSeconds: limitSeconds('cancelingSeconds'),
    silenceSeconds: limitSeconds('silenceSeconds'),
  })
  .meta({ id: 'TimeLimits' });

export const Weight = z.number().int().min(0).max(1000).default(DEFAULT_WEIGHT);

export const Phase = z.object({
  number: z.number().int(),
  state: z.enum(PHASE_STATES),
  total: z.number().int(),
  counts: z.partialRecord(ShownState, z.number().int()),
  startedAt: Timestamp.nullable(),
});

export const Rollout = z
  .object({
    id: Uid,
    number: z.number().int(),
    kind: z.enum(['rollout', 'direct']),
    name: Name,
    description: z.string(),
    release: ReleaseReference,
    filter: z.string().describe('Over devices, RSQL; empty: all'),
    state: z.enum(ROLLOUT_STATES),
    weight: z.number().int(),
    timeLimits: TimeLimitsView,
    total: z.number().int(),
    counts: z.partialRecord(ShownState, z.number().int()).describe('Devices by shown state'),
    phases: z.array(Phase),
    createdAt: Timestamp,
    createdBy: z.string(),
    startedAt: Timestamp.nullable(),
    endedAt: Timestamp.nullable(),
    revision: z.number().int(),
  })
  .meta({ id: 'Rollout' });

const NewRollout = z
  .object({
    name: Name,
    description: Description.default(''),
    release: Uid,
    filter: z.string().max(MAX_FILTER_CHARACTERS).default(''),
    weight: Weight,
    timeLimits: TimeLimitsView.prefault({}),
    start: z.boolean().default(false).describe('Start as soon as it is made'),
  })
  .meta({ id: 'NewRollout' });

export const Attempt = z
  .object({
    number: z.number().int().describe('The action id on the wire'),
    ordinal: z.number().int(),
    state: ShownState,
    evidence: z.array(z.enum(EVIDENCE)),
    reason: z.string().nullable(),
    offeredAt: Timestamp.nullable(),
    begunAt: Timestamp.nullable(),
    heardAt: Timestamp.nullable(),
    endedAt: Timestamp.nullable(),
    nextDueAt: Timestamp.nullable().describe('When a limit passes if nothing is heard'),
  })
  .meta({ id: 'Attempt' });

export const Assignment = z
  .object({
    number: z.number().int(),
    device: DeviceName,
    release: ReleaseReference,
    rollout: Uid,
    state: ShownState,
    reason: z.string().nullable(),
    attempts: z.array(Attempt),
    createdAt: Timestamp,
    endedAt: Timestamp.nullable(),
    revision: z.number().int(),
  })
  .meta({ id: 'Assignment' });

export const Report = z
  .object({
    id: z.number().int(),
    at: Timestamp,
    deviceAt: z.string().nullable().describe('The time that the device gave, as it wrote it'),
    kind: z.string(),
    code: z.number().int().nullable(),
    details: z.array(z.string()),
  })
  .meta({ id: 'Report' });

const NewAssignments = z
  .object({
    release: Uid,
    devices: z.array(DeviceName).min(1).max(MAX_DEVICES_PER_ASSIGNMENT),
    weight: Weight,
    timeLimits: TimeLimitsView.prefault({}),
  })
  .meta({ id: 'NewAssignments' });
export const AssignmentsMade = z
  .object({
    rollout: Uid.nullable().describe('The direct rollout that carries them; null where all stood already'),
    assigned: z.array(Assignment),
    alreadyAssigned: z.array(DeviceName),
    alreadyInstalled: z.array(DeviceName),
  })
  .meta({ id: 'AssignmentsMade' });

export const Event = z
  .object({
    position: z.number().int(),
    at: Timestamp,
    name: z.string().describe('`attempt.succeeded`, `release.published`, …'),
    actor: z.string().nullable(),
    subject: z.object({ kind: z.string(), id: z.string() }),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });

const NumberParams = z.object({ number: z.coerce.number().int().min(1).max(2 ** 31 - 1) });

export const fleetRoutes = {
  'devices.list': { method: 'GET', path: '/devices', tag: 'devices', summary: 'Devices', query: ListQuery, success: { status: 200, body: pageOf(Device) }, errors: [] },
  'devices.create': { method: 'POST', path: '/devices', tag: 'devices', summary: 'Add a device; its token is shown once', body: NewDevice, success: { status: 201, body: CreatedDevice }, errors: ['name-taken', 'not-found'], creates: true, versioned: true },
  'devices.show': { method: 'GET', path: '/devices/{device}', tag: 'devices', summary: 'One device', params: DeviceParams, success: { status: 200, body: Device }, errors: ['not-found'], versioned: true },
  'devices.change': { method: 'PATCH', path: '/devices/{device}', tag: 'devices', summary: 'Change a device', params: DeviceParams, body: DeviceChange, success: { status: 200, body: Device }, errors: ['not-found'], changes: true, versioned: true },
  'devices.delete': { method: 'DELETE', path: '/devices/{device}', tag: 'devices', summary: 'Delete a device; what it was assigned ends as canceled', params: DeviceParams, success: { status: 204 }, errors: ['not-found'], changes: true },
  'devices.renew-token': { method: 'POST', path: '/devices/{device}/token', tag: 'devices', summary: 'Make a new target token; the old one stops working', params: DeviceParams, success: { status: 200, body: CreatedDevice }, errors: ['not-found'] },
  'devices.request-attributes': { method: 'POST', path: '/devices/{device}/request-attributes', tag: 'devices', summary: 'Ask the device for its attributes at its next contact', params: DeviceParams, success: { status: 204 }, errors: ['not-found'] },
  'devices.why': { method: 'GET', path: '/devices/{device}/why', tag: 'devices', summary: 'Every gate between a device and its update', params: DeviceParams, success: { status: 200, body: Why }, errors: ['not-found'] },
  'rollouts.list': { method: 'GET', path: '/rollouts', tag: 'rollouts', summary: 'Rollouts', query: ListQuery, success: { status: 200, body: pageOf(Rollout) }, errors: [] },
  'rollouts.create': { method: 'POST', path: '/rollouts', tag: 'rollouts', summary: 'Bring a release to the devices of a filter', body: NewRollout, success: { status: 201, body: Rollout }, errors: ['not-found', 'release-not-published', 'filter-invalid', 'name-taken'], creates: true, versioned: true },
  'rollouts.show': { method: 'GET', path: '/rollouts/{id}', tag: 'rollouts', summary: 'One rollout with its counts', params: UidParams, success: { status: 200, body: Rollout }, errors: ['not-found'], versioned: true },
  'rollouts.start': { method: 'POST', path: '/rollouts/{id}/start', tag: 'rollouts', summary: 'Start', params: UidParams, success: { status: 200, body: Rollout }, errors: ['not-found', 'rollout-state'], changes: true, versioned: true },
  'rollouts.pause': { method: 'POST', path: '/rollouts/{id}/pause', tag: 'rollouts', summary: 'Pause: holds every permission not yet granted', params: UidParams, success: { status: 200, body: Rollout }, errors: ['not-found', 'rollout-state'], changes: true, versioned: true },
  'rollouts.resume': { method: 'POST', path: '/rollouts/{id}/resume', tag: 'rollouts', summary: 'Resume', params: UidParams, success: { status: 200, body: Rollout }, errors: ['not-found', 'rollout-state'], changes: true, versioned: true },
  'rollouts.stop': { method: 'POST', path: '/rollouts/{id}/stop', tag: 'rollouts', summary: 'Stop for good: what has begun is asked to cancel', params: UidParams, success: { status: 200, body: Rollout }, errors: ['not-found', 'rollout-state'], changes: true, versioned: true },
  'assignments.list': { method: 'GET', path: '/assignments', tag: 'assignments', summary: 'Assignments', query: ListQuery, success: { status: 200, body: pageOf(Assignment) }, errors: [] },
  'assignments.create': { method: 'POST', path: '/assignments', tag: 'assignments', summary: 'Assign a release to devices directly', body: NewAssignments, success: { status: 201, body: AssignmentsMade }, errors: ['not-found', 'release-not-published', 'device-incompatible'], creates: true },
  'assignments.show': { method: 'GET', path: '/assignments/{number}', tag: 'assignments', summary: 'One assignment with its attempts', params: NumberParams, success: { status: 200, body: Assignment }, errors: ['not-found'], versioned: true },
  'assignments.cancel': { method: 'POST', path: '/assignments/{number}/cancel', tag: 'assignments', summary: 'Cancel: the device is asked', params: NumberParams, success: { status: 200, body: Assignment }, errors: ['not-found', 'assignment-ended', 'cancel-not-possible'], changes: true },
  'assignments.force-quit': { method: 'POST', path: '/assignments/{number}/force-quit', tag: 'assignments', summary: 'End it without asking the device', params: NumberParams, success: { status: 200, body: Assignment }, errors: ['not-found', 'assignment-ended'], changes: true },
  'assignments.reports': { method: 'GET', path: '/assignments/{number}/reports', tag: 'assignments', summary: 'What the device said, newest last', params: NumberParams, query: ListQuery, success: { status: 200, body: pageOf(Report) }, errors: ['not-found'] },
  'events.list': { method: 'GET', path: '/events', tag: 'events', summary: 'Events in the order of their positions', query: ListQuery, success: { status: 200, body: pageOf(Event) }, errors: [] },
} as const satisfies Record<string, Route>;
