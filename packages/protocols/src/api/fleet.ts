import {
  ASSIGNMENT_STATES,
  ATTEMPT_STATES,
  CONSENT_STATES,
  DEVICE_IDENTITIES,
  EVIDENCE,
  GATES,
  ROLLOUT_STATES,
} from '@updraft/core';
import { z } from 'zod';
import { DeviceName } from './device-name.ts';
import { DraftProblem, SetAside } from './draft-problem.ts';
import { Description, ListQuery, Name, pageOf, Timestamp, Uid } from './list.ts';
import { PolicyInput } from './policies.ts';
import type { Route } from './route.ts';

export const DEVICE_TOKEN_MAX_CHARACTERS = 128;
export const MAX_DEVICES_PER_ASSIGNMENT = 5000;
export const DEFAULT_WEIGHT = 1000;

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
    identity: z.enum(DEVICE_IDENTITIES),
    penaltyUntil: Timestamp.nullable().describe('Until when it is set aside after failures; null: it is not'),
    attributes: z.record(z.string(), z.string()),
    metadata: z.record(z.string(), z.string()).describe('What operators say of it'),
    tags: z.array(z.string()),
    group: z.string().nullable().describe('Its place in the tree of groups: `/plant/line1`'),
    site: z.string().nullable().describe('What the attribute says that the settings name'),
    zone: z.string().nullable().describe('The time zone that counts: its own, else that of its nearest group'),
    ignoredZone: z.string().nullable().describe('A time zone that it says and that does not exist'),
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

const MAX_NOTE_CHARACTERS = 1000;
const Note = z.string().max(MAX_NOTE_CHARACTERS).default('').describe('Kept with the event');

const ConsentAnswer = z
  .object({ consent: z.enum(['given', 'declined']), note: Note })
  .meta({ id: 'ConsentAnswer' });

const Replacement = z
  .object({
    name: DeviceName.optional().describe('What the new hardware calls itself; else as the old one did'),
    token: z.string().regex(/^[\x21-\x7e]+$/).max(DEVICE_TOKEN_MAX_CHARACTERS).optional().describe('Else one is made'),
  })
  .meta({ id: 'Replacement' });

export const GateView = z
  .object({
    gate: z.enum(GATES),
    passed: z.boolean(),
    blocks: z.enum(['all', 'install']).describe('What it holds back while it is shut'),
    fact: z.string(),
    nextChange: Timestamp.nullable(),
  })
  .meta({ id: 'Gate' });

const WhyAssignment = z.object({
  number: z.number().int(),
  release: ReleaseReference,
  rollout: z.object({ id: Uid, name: z.string(), state: z.enum(ROLLOUT_STATES) }),
});

export const Why = z
  .object({
    device: DeviceName,
    state: ShownState.nullable().describe('Of the current assignment'),
    assignment: WhyAssignment.nullable().describe('The current one, of which the gates are'),
    waiting: z.array(WhyAssignment).describe('Open ones that wait until the current one has ended'),
    mayDownload: z.boolean(),
    mayInstall: z.boolean(),
    gates: z.array(GateView),
    lastContactAt: Timestamp.nullable(),
    summary: z.string().describe('One sentence for people'),
  })
  .meta({ id: 'Why' });

export const Weight = z.number().int().min(0).max(1000).default(DEFAULT_WEIGHT);

export const Attempt = z
  .object({
    number: z.number().int().describe('The action id on the wire'),
    ordinal: z.number().int(),
    state: ShownState,
    evidence: z.array(z.enum(EVIDENCE)),
    consent: z.enum(CONSENT_STATES).nullable().describe('What the device’s user said; null: nothing yet'),
    reason: z.string().nullable().describe('A code for how it ended'),
    message: z.string().nullable().describe('What the device said about its end'),
    asksAgainAt: Timestamp.nullable().describe('After a no: when consent is asked for again'),
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
    reason: z.string().nullable().describe('A code for how it ended, or for the last failure while it is tried again'),
    message: z.string().nullable().describe('What the device said about that'),
    failedAttempts: z.number().int(),
    notBefore: Timestamp.nullable().describe('After a failure: when the next attempt may come'),
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

/** `start`, `approval` and `dynamic` of the policy are not asked: it starts at once, and is for these devices. */
const NewAssignments = z
  .object({
    release: Uid,
    devices: z.array(DeviceName).min(1).max(MAX_DEVICES_PER_ASSIGNMENT),
    weight: Weight,
    policy: PolicyInput.prefault({}),
  })
  .meta({ id: 'NewAssignments' });
export const AssignmentsMade = z
  .object({
    rollout: Uid.nullable().describe('The direct rollout that carries them; null where all stood already'),
    assigned: z.array(Assignment),
    alreadyAssigned: z.array(DeviceName),
    alreadyInstalled: z.array(DeviceName),
    warnings: z.array(DraftProblem).describe('What of the policy can be meant so, and may surprise'),
    held: z.array(SetAside).describe('Of those that were assigned, devices that have to wait, and for what'),
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
  'devices.release-penalty': { method: 'POST', path: '/devices/{device}/release-penalty', tag: 'devices', summary: 'Take a device back that was set aside after failures', params: DeviceParams, success: { status: 200, body: Device }, errors: ['not-found', 'device-not-set-aside'], versioned: true },
  'devices.decommission': { method: 'POST', path: '/devices/{device}/decommission', tag: 'devices', summary: 'Take a device out of service for good; it is kept with its history, and its door knows it no more', params: DeviceParams, success: { status: 200, body: Device }, errors: ['not-found', 'device-decommissioned'], changes: true, versioned: true },
  'devices.replace': { method: 'POST', path: '/devices/{device}/replace', tag: 'devices', summary: 'Put new hardware in the place of a device; its token is shown once', params: DeviceParams, body: Replacement, success: { status: 200, body: CreatedDevice }, errors: ['not-found', 'name-taken', 'device-decommissioned'], changes: true, versioned: true },
  'devices.request-attributes': { method: 'POST', path: '/devices/{device}/request-attributes', tag: 'devices', summary: 'Ask the device for its attributes at its next contact', params: DeviceParams, success: { status: 204 }, errors: ['not-found'] },
  'devices.why': { method: 'GET', path: '/devices/{device}/why', tag: 'devices', summary: 'Every gate between a device and its update', params: DeviceParams, success: { status: 200, body: Why }, errors: ['not-found'] },
  'assignments.list': { method: 'GET', path: '/assignments', tag: 'assignments', summary: 'Assignments', query: ListQuery, success: { status: 200, body: pageOf(Assignment) }, errors: [] },
  'assignments.create': { method: 'POST', path: '/assignments', tag: 'assignments', summary: 'Assign a release to devices directly', body: NewAssignments, success: { status: 201, body: AssignmentsMade }, errors: ['not-found', 'not-permitted', 'release-not-published', 'rollout-impossible', 'device-decommissioned', 'device-incompatible'], creates: true },
  'assignments.show': { method: 'GET', path: '/assignments/{number}', tag: 'assignments', summary: 'One assignment with its attempts', params: NumberParams, success: { status: 200, body: Assignment }, errors: ['not-found'], versioned: true },
  'assignments.cancel': { method: 'POST', path: '/assignments/{number}/cancel', tag: 'assignments', summary: 'Cancel: the device is asked', params: NumberParams, success: { status: 200, body: Assignment }, errors: ['not-found', 'assignment-ended', 'cancel-not-possible'], changes: true },
  'assignments.consent': { method: 'POST', path: '/assignments/{number}/consent', tag: 'assignments', summary: 'Answer for the user of a device that cannot be asked', params: NumberParams, body: ConsentAnswer, success: { status: 200, body: Assignment }, errors: ['not-found', 'assignment-ended', 'consent-not-awaited'], changes: true, versioned: true },
  'assignments.force-quit': { method: 'POST', path: '/assignments/{number}/force-quit', tag: 'assignments', summary: 'End it without asking the device', params: NumberParams, success: { status: 200, body: Assignment }, errors: ['not-found', 'assignment-ended'], changes: true },
  'assignments.reports': { method: 'GET', path: '/assignments/{number}/reports', tag: 'assignments', summary: 'What the device said, newest last', params: NumberParams, query: ListQuery, success: { status: 200, body: pageOf(Report) }, errors: ['not-found'] },
  'events.list': { method: 'GET', path: '/events', tag: 'events', summary: 'Events in the order of their positions', query: ListQuery, success: { status: 200, body: pageOf(Event) }, errors: ['events-gone'] },
} as const satisfies Record<string, Route>;
