import { DEFAULT_POLICY, windowAt } from '@updraft/core';
import { ONE_PHASE } from '@updraft/core';
import type { CommandContext } from '../src/command.ts';
import { acquireLease, releaseLease } from '../src/lease.ts';
import { readPage } from '../src/list/read-page.ts';
import { appendEvent } from '../src/outbox/append-event.ts';
import { lastPosition, readEvents } from '../src/outbox/read-events.ts';
import { sequenceEvents } from '../src/outbox/sequence-events.ts';
import {
  ASSIGNMENT_LIST,
  assignmentsOfRollout,
  attemptsOf,
  findAssignment,
  selectAssignments,
} from '../src/repositories/assignment-history-repository.ts';
import {
  findAssignmentByNumber,
  findByWireId,
  loadAssignment,
  loadAssignments,
  saveAssignment,
} from '../src/repositories/assignment-repository.ts';
import {
  dueAttempts,
  postponeAttempt,
  saveAttempt,
  saveHeard,
  wasOfferedSince,
} from '../src/repositories/attempt-repository.ts';
import { attributesOf, evidenceReportedAt, saveAttributes } from '../src/repositories/attribute-repository.ts';
import {
  forgetContactHours,
  lastContactOf,
  saveContactHours,
  saveContacts,
} from '../src/repositories/contact-repository.ts';
import { sliceOfDevices } from '../src/repositories/chosen-devices.ts';
import {
  IMPORTED_RECORD_LIST,
  insertImportedRecords,
  selectImportedRecords,
} from '../src/repositories/imported-record-repository.ts';
import { countsOf, foldCounts } from '../src/repositories/counter-repository.ts';
import { takeDevices } from '../src/repositories/device-set-repository.ts';
import { readFilterFacts } from '../src/repositories/filter-facts-repository.ts';
import { attributesOfDevices, findDevice } from '../src/repositories/device-repository.ts';
import {
  setAttributesWanted,
  forgetRunningRelease,
  runningVersionOf,
  setRunningRelease,
  setShownAssignment,
  takeDevice,
  takeDevicesTogether,
} from '../src/repositories/device-state-repository.ts';
import { findGatewayToken } from '../src/repositories/gateway-token-repository.ts';
import { crowdedAmong, crowdedInSlice, setRoomPercent } from '../src/repositories/crowded-device-repository.ts';
import { countAtWork, paceCountOf } from '../src/repositories/pace-count-repository.ts';
import { heldMembers } from '../src/repositories/preview-repository.ts';
import { findReleaseByName } from '../src/repositories/release-repository.ts';
import { findWireAction } from '../src/repositories/wire-action-repository.ts';
import { dueWork } from '../src/repositories/due-work-repository.ts';
import { dueForecasts, forecastOf, phaseEndsOf } from '../src/repositories/forecast-repository.ts';
import { hasUnmeasured, historyOf, measureAttempts } from '../src/repositories/history-repository.ts';
import {
  deviceIdsOf,
  dueJoins,
  joinedUpTo,
  joiningRollouts,
  joiningTenants,
  lateComers,
  setJoin,
  setJoinedUpTo,
  toJoin,
} from '../src/repositories/joining-repository.ts';
import { linksOf, rolloutEndedAt, rolloutUids, wantedReturns } from '../src/repositories/linked-members.ts';
import { listeningSince } from '../src/repositories/listening-repository.ts';
import { cancelUnborn, duePhase, nextMembers } from '../src/repositories/member-slice-repository.ts';
import {
  countSlice,
  insertMembers,
  materialiseSlice,
  zonesOfSlice,
  type MemberSlice,
} from '../src/repositories/membership-repository.ts';
import { readDeviceAtContact } from '../src/repositories/open-assignment-repository.ts';
import { nextOpenMembers } from '../src/repositories/open-member-repository.ts';
import { changePhase, countErredMember, phasesOf } from '../src/repositories/phase-repository.ts';
import { previousReleases } from '../src/repositories/previous-release-repository.ts';
import { freePace, reservePace, takePace } from '../src/repositories/pace-repository.ts';
import { failuresOf, penaltyOf, setPenalty } from '../src/repositories/penalty-repository.ts';
import { preparePollReader, type PollMemory } from '../src/repositories/poll-repository.ts';
import { prepareReporterReader } from '../src/repositories/reporter-repository.ts';
import { requiredStepsOf } from '../src/repositories/required-step-repository.ts';
import {
  findPublishedFile,
  readReleaseContent,
  shownMetadataOf,
} from '../src/repositories/release-content-repository.ts';
import {
  hasReport,
  insertReport,
  insertReportsWithRoom,
  insertReportWithRoom,
  newestReports,
  REPORT_LIST,
  reportsAfter,
  selectReports,
} from '../src/repositories/report-repository.ts';
import { areObjectsHeld } from '../src/portable/object-hold.ts';
import { missedEvents, removeEvents } from '../src/repositories/event-retention-repository.ts';
import { crowdedDevices, oldestEnded } from '../src/repositories/crowded-device-repository.ts';
import {
  endedMembers,
  endedMembersWithReports,
  oldestEndedRollout,
  removeEndedMembers,
  removeMembers,
  removeRemains,
  removeReportsOf,
  removeRollout,
  unnamedArtifacts,
} from '../src/repositories/retention-repository.ts';
import {
  dueRollouts,
  findRollout,
  ROLLOUT_LIST,
  type RolloutRow,
  selectRollouts,
  takeRollout,
} from '../src/repositories/rollout-repository.ts';
import { showMembers, targetsOf } from '../src/repositories/target-repository.ts';
import {
  insertRevision,
  isRolloutNameTaken,
  lastMoveOf,
  REVISION_LIST,
  revisionMakers,
  selectRevisions,
} from '../src/repositories/rollout-revision-repository.ts';
import { addServedBytes, forgetServedBytes, servedBytesOf } from '../src/repositories/served-bytes-repository.ts';
import { bumpRolloutsRevision } from '../src/repositories/rollouts-revision.ts';

/**
 * One use of the store that polls, reports, due jobs or a whole fleet wait for. Its statements must find their rows by
 * indexes, without statistics, and be understood by both databases. They run on the rows of `hot-fixture.ts`; every
 * repository adds its own here.
 */
export type HotStatement = {
  readonly name: string;
  readonly run: (context: CommandContext) => Promise<unknown>;
  /** An index that is a queue, walked from its front on purpose, under a LIMIT. */
  readonly walks?: string | readonly string[];
  /** Why a sort without an index does no harm: how few rows it sees. */
  readonly sortsFew?: string;
};

const page = { limit: 50 };
const POLL_MEMORY: PollMemory = {
  now: () => 0,
  deviceTypes: () => Promise.resolve([]),
  requiredSteps: () => Promise.resolve([]),
  policy: () => Promise.resolve(DEFAULT_POLICY),
  window: (policy, zone, now) => windowAt(policy.windows, zone, now),
};
const holder = { rollout: 1, device: 1, attempt: 1 };
const importedRecord = {
  kind: 'assignment',
  number: 1,
  device: 'gw-1',
  rollout: '',
  release: 'os:1',
  state: 'finished',
  started_at: 1,
  ended_at: 2,
  actor: 'kim',
  details: '{}',
} as const;
const lease = { name: 'hot', owner: 'me', milliseconds: 1000 };

// prettier-ignore
export const hotStatements: readonly HotStatement[] = [
  { name: 'append an event', run: (context) => appendEvent(context, { tenant: 1, name: 'a.b', actor: null, subject: { kind: 'a', id: '1' }, data: {} }) },
  { name: 'give events their positions', run: ({ db }) => sequenceEvents(db), walks: 'event__id__partial' },
  { name: 'read events', run: ({ db }) => readEvents(db, 1, { after: 1, limit: 100 }) },
  { name: 'the last position', run: ({ db }) => lastPosition(db, 1) },
  { name: 'take and give back a lease', run: async (context) => { await acquireLease(context, lease); await releaseLease(context, 'hot', 'me'); } },

  { name: 'a poll', run: ({ db, dialect }) => preparePollReader(db, POLL_MEMORY, dialect)('default', 'gw-1') },
  { name: 'who reports', run: ({ db, dialect }) => prepareReporterReader(db, dialect)('default', 'gw-1') },
  { name: 'what a wire id stands for', run: ({ db }) => findWireAction(db, { tenant: 1, device: 1, number: 1 }) },
  { name: 'the newest reports of an attempt', run: ({ db }) => newestReports(db, 1, 100) },
  { name: 'what devices are shown of metadata', run: ({ db }) => shownMetadataOf(db, 1), sortsFew: 'the metadata of one release' },
  { name: 'a published file', run: ({ db }) => findPublishedFile(db, { tenant: 1, component: 1, filename: 'a' }) },
  { name: 'a gateway token', run: ({ db }) => findGatewayToken(db, 1, 'a') },
  { name: 'a release by its name', run: ({ db }) => findReleaseByName(db, 1, { name: 'a', version: '1' }) },
  { name: 'a device by its name', run: ({ db }) => findDevice(db, 1, 'gw-1') },
  { name: 'attributes of devices', run: ({ db }) => attributesOfDevices(db, [1, 2]) },
  { name: 'take a device', run: (context) => takeDevice(context, 1, 1) },
  { name: 'want attributes', run: (context) => setAttributesWanted(context, 1, true) },
  { name: 'write contacts', run: (context) => saveContacts(context, [1, 2, 3]) },
  { name: 'write the hours of contacts', run: (context) => saveContactHours(context, [1, 2, 3]) },
  { name: 'forget the hours of contacts', run: (context) => forgetContactHours(context, { after: 0, before: 20_000 }) },
  { name: 'forecasts to make or to compare', run: ({ db, now }) => dueForecasts(db, { limit: 10, endedBefore: now }), walks: 'forecast__rollout__partial' },
  { name: 'when the phases of a rollout ended', run: ({ db }) => phaseEndsOf(db, 1), sortsFew: 'one group a phase' },
  { name: 'add what was served', run: (context) => addServedBytes(context, [{ rollout: 1, bytes: 1000 }]), sortsFew: 'rollouts of which bytes went out in a second' },
  { name: 'what was served of a rollout', run: ({ db }) => servedBytesOf(db, { rollout: 1, spanMs: 900_000 }), sortsFew: 'the quarters of an hour of one rollout' },
  { name: 'forget what was served', run: (context) => forgetServedBytes(context, 1) },
  { name: 'the forecast of a rollout', run: ({ db }) => forecastOf(db, 1) },
  { name: 'look for attempts to measure', run: ({ db }) => hasUnmeasured(db), walks: 'attempt__id__partial' },
  { name: 'measure attempts', run: (context) => measureAttempts(context, 100), walks: 'attempt__id__partial', sortsFew: 'the releases of one slice' },
  { name: 'the history of attempts', run: ({ db }) => historyOf(db, 1) },
  { name: 'read a contact', run: ({ db }) => lastContactOf(db, 1) },

  { name: 'an assignment by its id', run: ({ db }) => loadAssignment(db, 1) },
  { name: 'an assignment by its wire id', run: ({ db }) => findAssignmentByNumber(db, 1, 1) },
  { name: 'an assignment to show', run: ({ db }) => findAssignment(db, 1, 1) },
  { name: 'whether devices at work are being counted', run: (context) => paceCountOf(context, 1) },
  { name: 'count devices at work', run: (context) => countAtWork(context, { id: 1, tenant: 1, pace: { parallel: 1, perMinute: null, perSite: null }, cursor: 0 }) },
  { name: 'make the assignments of a slice that is held to a number', run: async (context) => { const held = await aHeldSlice(context); await crowdedInSlice(context.db, held); await countSlice(context, held); await materialiseSlice(context, held, await phasesOf(context.db, [1])); }, sortsFew: 'what one slice made' },
  { name: 'devices without room for one more assignment', run: (context) => crowdedAmong(context.db, [1, 2], 2000) },
  { name: 'a tenant says how much room is made', run: (context) => setRoomPercent(context, 1, 50) },
  { name: 'members that have to wait', run: (context) => heldMembers(context, { id: 1, tenant: 1, release: 1, weight: 1 }) },
  { name: 'assignments of a rollout', run: ({ db }) => assignmentsOfRollout(db, 1), sortsFew: 'what one request assigned directly' },
  { name: 'attempts of assignments', run: ({ db }) => attemptsOf(db, [1, 2]) },
  { name: 'due attempts', run: ({ db }) => dueAttempts(db, Date.now()) },
  { name: 'postpone an attempt', run: (context) => postponeAttempt(context, 1, 5) },
  { name: 'add a report', run: (context) => insertReport(context, 1, { at: 0, deviceAt: null, kind: 'noted', code: null, details: [] } as never) },
  { name: 'take reports of several devices', run: async (context) => { await takeDevicesTogether(context, [1, 2]); await loadAssignments(context, [1, 2]); await saveHeard(context, [{ id: 1, heardAt: 1, nextAt: null }]); await insertReportsWithRoom(context, [{ attempt: 1, report: { deviceAt: null, kind: 'noted', code: null, details: [] } as never }]); } },
  { name: 'ask for reports', run: async ({ db }) => { await hasReport(db, 1, 'noted' as never); } },
  { name: 'add a report that has room', run: async (context) => { await insertReportWithRoom(context, 1, { at: 0, deviceAt: null, kind: 'noted', code: null, details: [] } as never); } },

  { name: 'counts of rollouts', run: ({ db }) => countsOf(db, [1, 2]), sortsFew: 'the counters and fresh deltas of the rollouts of one page' },
  { name: 'what is due at a tick', run: ({ db }) => dueWork(db, Date.now()), walks: ['counter_delta__rollout__phase__state', 'tenant__id__partial', 'rollout__id__partial', 'rollout__join_at__partial'] },
  { name: 'fold counts', run: (context) => foldCounts(context, 1000), walks: 'counter_delta' },
  { name: 'a slice of devices', run: ({ db }) => sliceOfDevices(db, 1, 0) },
  { name: 'make the assignments of a slice', run: async (context) => materialiseSlice(context, await aSlice(context), await phasesOf(context.db, [1])), sortsFew: 'what one slice made' },
  { name: 'count the devices of a slice', run: async (context) => { await countSlice(context, await aSlice(context)); await zonesOfSlice(context, await aSlice(context)); }, sortsFew: 'the devices of one slice' },
  { name: 'count a device that erred', run: (context) => countErredMember(context, { rollout: 1, phase: 1, by: 1 }) },
  { name: 'change a phase', run: (context) => changePhase(context, { rollout: 1, number: 1 }, { cursor: null }) },
  { name: 'who changed a rollout', run: async (context) => { await insertRevision(context, { rollout: 1, revision: 9, actor: 'a', maker: 'a', change: {} }); await revisionMakers(context.db, 1); await lastMoveOf(context.db, 1); await isRolloutNameTaken(context.db, { id: 2, tenant: 1, kind: 'rollout' }, 'a'); } },
  { name: 'revisions of a rollout', run: ({ db }) => readPage({ reader: db, query: selectRevisions(db, 1) }, REVISION_LIST, page) },
  { name: 'who joins, and since when', run: async (context) => { await joiningTenants(context.db); await joinedUpTo(context.db, 1); await setJoinedUpTo(context, 1, 1); }, walks: 'rollout__tenant__id__partial' },
  { name: 'rollouts that devices join', run: ({ db }) => joiningRollouts(db, 1) },
  { name: 'due looks for late-comers', run: async (context) => { await dueJoins(context.db, Date.now()); await setJoin(context, 1, { join_cursor: null }); } },
  { name: 'the late-comers of a slice', run: async (context) => { const { rollout, slice, choice } = await aSlice(context); for (const one of linkedTo(rollout)) await lateComers(context.db, one, { slice, moments: choice.moments, limit: 500 }); }, sortsFew: 'the devices of one slice' },
  { name: 'who of some devices joins', run: async (context) => { const { rollout } = await aSlice(context); for (const one of linkedTo(rollout)) await toJoin(context.db, one, [1, 2]); await deviceIdsOf(context.db, 1, ['gw-1', 'gw-2']); await takeDevices(context, [1, 2]); } },
  { name: 'what filters ask of some devices', run: ({ db }) => readFilterFacts(db, [1, 2]), sortsFew: 'what some devices say of themselves' },
  { name: 'let devices join a phase', run: (context) => insertMembers(context, { rollout: { id: 1, tenant: 1 }, phase: 1 }, [2]) },
  { name: 'wanted returns and their links', run: async ({ db }) => { await wantedReturns(db); await linksOf(db, [1]); await rolloutEndedAt(db, 1); await rolloutUids(db, [1]); }, walks: 'rollout__id__partial' },
  { name: 'what the members of a rollout ran before', run: ({ db }) => previousReleases(db, 1), sortsFew: 'one row for each release and type, read once on the long reader' },
  { name: 'due rollouts', run: ({ db }) => dueRollouts(db, Date.now()) },
  { name: 'a rollout by its uid', run: ({ db }) => findRollout(db, 1, 'u') },
  { name: 'take a rollout', run: (context) => takeRollout(context, 1) },
  { name: 'phases of rollouts', run: ({ db }) => phasesOf(db, [1, 2]) },
  { name: 'tell that gates changed', run: (context) => bumpRolloutsRevision(context, 1) },

  { name: 'a device’s open assignments', run: ({ db, now }) => readDeviceAtContact(db, 1, now), sortsFew: 'the open assignments of one device' },
  { name: 'reserve, take and free a place of a pace', run: async (context) => { await reservePace(context, holder); await takePace(context, holder); await freePace(context, holder); } },
  { name: 'the required steps of a tenant', run: ({ db }) => requiredStepsOf(db, 1) },
  { name: 'the offers made to a device since', run: ({ db }) => wasOfferedSince(db, 1, { assignment: 9, offeredAt: -1 }) },
  { name: 'store a decision', run: (context) => storeDecision(context) },
  { name: 'show the current assignment', run: (context) => setShownAssignment(context, 1, null) },
  { name: 'the version that a device is known to run', run: ({ db }) => runningVersionOf(db, 1) },
  { name: 'a device that runs something else', run: (context) => forgetRunningRelease(context, 1) },
  { name: 'a release that runs', run: (context) => setRunningRelease(context, 1, { release: 1, number: 1 }), sortsFew: 'the components of one release' },
  { name: 'what a release holds', run: ({ db }) => readReleaseContent(db, 1), sortsFew: 'the components of one release' },
  { name: 'change attributes', run: (context) => saveAttributes(context, { id: 1, tenant: 1 }, { mode: 'merge', data: { a: 'b', k: null } }) },
  { name: 'an attempt by its wire id', run: ({ db }) => findByWireId(db, 1, 2_000_000) },
  { name: 'failures of a device', run: async ({ db }) => { await penaltyOf(db, 1, 1); await failuresOf(db, 1, 0); } },
  { name: 'set a device aside', run: (context) => setPenalty(context, 1, null) },
  { name: 'read attributes', run: async ({ db }) => { await attributesOf(db, 1); await evidenceReportedAt(db, 1, { versionAttribute: 'k', slotAttribute: 's' }); } },
  { name: 'a slice of members', run: ({ db }) => nextMembers(db, 1, 0) },
  { name: 'open members whose gates are told', run: ({ db }) => nextOpenMembers(db, { rollout: 1, phases: [1, 2], after: 0, limit: 50 }, 0), sortsFew: 'the device types of a release' },
  { name: 'close the unborn of a slice', run: async (context) => cancelUnborn(context, 1, { members: await nextMembers(context.db, 1, 0), reason: null }) },
  { name: 'phases to sweep', run: ({ db }) => duePhase(db, Date.now()) },
  { name: 'devices to assign to', run: (context) => targetsOf(context, 1, { names: ['gw-1', 'gw-2'], release: 1 }), sortsFew: 'the devices that one statement names' },
  { name: 'show the members of a direct rollout', run: (context) => showMembers(context, 1) },
  { name: 'since when a server listens', run: ({ db }) => listeningSince(db) },
  { name: 'a page of reports', run: ({ db }) => readPage({ reader: db, query: selectReports(db, 1) }, REPORT_LIST, page), sortsFew: 'the reports of one assignment' },

  { name: 'the rollout that ended first', run: ({ db }) => oldestEndedRollout(db, 1, Date.now()) },
  { name: 'remove members', run: (context) => removeMembers(context, 1) },
  { name: 'remove a rollout', run: (context) => removeRollout(context, 9) },
  { name: 'ended members with reports', run: ({ db }) => endedMembersWithReports(db, { rollout: 1, before: Date.now(), after: 0 }) },
  { name: 'remove reports', run: (context) => removeReportsOf(context, [1]) },
  { name: 'members that have ended', run: ({ db }) => endedMembers(db, 1, { states: ['failed'], before: Date.now(), after: 0 }) },
  { name: 'remove members that have ended', run: (context) => removeEndedMembers(context, [1]) },
  { name: 'devices with many assignments', run: ({ db }) => crowdedDevices(db, 1, { names: ['gw-1', 'gw-2'], most: 3 }), sortsFew: 'the devices that one statement names' },
  { name: 'the oldest ended assignments of a device', run: ({ db }) => oldestEnded(db, 1, 10) },
  { name: 'remove events', run: (context) => removeEvents(context, 1, Date.now()) },
  { name: 'whether events were missed', run: ({ db }) => missedEvents(db, 1, -1) },
  { name: 'artifacts that no component names', run: ({ db }) => unnamedArtifacts(db, 1, { before: Date.now(), limit: 100 }) },
  { name: 'remove what a device left', run: (context) => removeRemains(context, 1) },
  { name: 'whether a backup holds the objects', run: ({ db }) => areObjectsHeld(db, Date.now()) },
  { name: 'a slice of reports for a file', run: ({ db }) => reportsAfter(db, 1, { after: 0, limit: 100 }) },

  { name: 'write down what another server did', run: (context) => insertImportedRecords(context, { tenant: 1, source: 's' }, [importedRecord]) },
  { name: 'a page of what other servers did', run: ({ db }) => readPage({ reader: db, query: selectImportedRecords(db, 1) }, IMPORTED_RECORD_LIST, page) },
  { name: 'a page of rollouts', run: ({ db }) => readPage({ reader: db, query: selectRollouts(db, 1) }, ROLLOUT_LIST, page) },
  { name: 'a page of assignments', run: ({ db }) => readPage({ reader: db, query: selectAssignments(db).where('assignment.tenant', '=', 1) }, ASSIGNMENT_LIST, page) },
];

/** The same rollout as each kind of late-comers finds it. */
function linkedTo(rollout: RolloutRow): readonly RolloutRow[] {
  const parent = { parent: 1, previous_release: 1 };
  return [
    rollout,
    { ...rollout, kind: 'auto' },
    { ...rollout, ...parent, relation: 'retry' },
    { ...rollout, ...parent, relation: 'return' },
  ];
}

/** Of a rollout with a filter of its own, and a phase that has one too. */
async function aSlice(context: CommandContext): Promise<MemberSlice> {
  const rollout = await takeRollout(context, 1);
  if (rollout === undefined) throw new Error('the fixture has no rollout 1');
  const phases = [{ ...ONE_PHASE, size: { by: 'filter', filter: 'name==gw-2' } } as const, ONE_PHASE];
  const moments = { now: context.now, overdueAt: 0 };
  const choice = { ...rollout, filter: 'name==gw-*', phases, moments };
  return { rollout: { ...rollout, last_device: 3 }, choice, slice: { after: 1, upTo: 3 } };
}

async function aHeldSlice(context: CommandContext) {
  const { rollout, choice, slice } = await aSlice(context);
  return { rollout, choice: { ...choice, assignments_max: 5 }, slice: { ...slice, last: 3 }, most: 5 };
}

async function storeDecision(context: CommandContext): Promise<void> {
  const stored = await loadAssignment(context.db, 1);
  if (stored === undefined) throw new Error('the fixture has no assignment 1');
  const saved = await saveAttempt(context, stored, stored.aggregate);
  const after = { aggregate: stored.aggregate, attemptId: saved?.id ?? null, brought: false };
  await saveAssignment(context, stored, after);
}
