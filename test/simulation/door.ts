import { fold, gatesOf, type GateName, type OpenAssignment } from '@updraft/core';
import { DdiFeedback, meaningOfCancelFeedback, meaningOfFeedback, type DdiExecution } from '@updraft/protocols';
import { preparePollReader, type PolledDevice, type PollReader } from '@updraft/store';
import { rememberGates } from '../../packages/server/src/device-contact/gate-memory.ts';
import { rememberReleaseContents } from '../../packages/server/src/device-contact/release-contents.ts';
import { linksOf } from '../../packages/server/src/doors/ddi/controller-base.ts';
import type { DdiDoor } from '../../packages/server/src/doors/ddi/door.ts';
import { settle } from '../../packages/server/src/doors/ddi/settle.ts';
import { noteOffer, noteReport, type LastWord } from '../../packages/fleet/src/beliefs.ts';
import type { Member } from './members.ts';
import { ZONE_ATTRIBUTE } from './simulated-installation.ts';
import type { SimulatedStore } from './simulated-store.ts';

/** What a poll is answered. `isNew`: nothing of what is offered was taken before. */
export type Answer = {
  readonly work:
    | { readonly kind: 'nothing' }
    | { readonly kind: 'offer'; readonly one: OpenAssignment; readonly attempt: number; readonly isNew: boolean }
    | { readonly kind: 'cancel'; readonly attempt: number };
  readonly wantsAttributes: boolean;
  /** By name; null: nothing is assigned. */
  readonly rollout: string | null;
  /** Null: nothing is assigned, or there is work. */
  readonly wait: Wait | null;
};

/** What stands between a device and the assignment whose turn it is. */
export type Wait = {
  readonly rollout: string;
  readonly shut: readonly GateName[];
  /** When the last of those that are shut opens by itself, a place of the pace aside; null: by an act only, or none is. */
  readonly opensAt: number | null;
  readonly windowChangesAt: number | null;
  /** When time alone frees a place of the pace. */
  readonly placeAt: number | null;
};

export type Words = keyof typeof SAID;

/** The DDI door without HTTP: the same reads, rules and commands, and the same words of clients. */
export type SimulatedDoor = {
  poll(member: Member): Promise<Answer>;
  /** False where the server knows the attempt no more. */
  report(member: Member, attempt: number, words: Words): Promise<boolean>;
  acknowledgeCancel(member: Member, attempt: number): Promise<void>;
  bytes(member: Member, assignment: number, served: 'first-byte' | 'all-bytes'): Promise<void>;
  showAttributes(member: Member): Promise<void>;
  noteRetrieval(member: Member, assignment: number): Promise<void>;
};

export const TENANT = 'default';
const SWUPDATE = 'libcurl-agent/1.0';
const OTHER_CLIENT = 'rauc-hawkbit-c-agent/1.0';
/** Links are made and looked at, never followed. */
const ADDRESS = { origin: 'http://simulated', tenant: TENANT, controller: '' };
const CANCELED = meaningOfCancelFeedback(feedback('closed', 'success', 'cancellation acknowledged.'));

const SAID = {
  start: said(SWUPDATE, feedback('proceeding', 'none', 'Installing Update Chunk Artifacts.', [0, 1])),
  installed: said(SWUPDATE, feedback('proceeding', 'none', 'All Chunks Installed.', [1, 1])),
  success: said(SWUPDATE, feedback('closed', 'success', 'Update Installed.', [0, 0]), 'finished'),
  bootFailed: said(SWUPDATE, feedback('closed', 'failure', 'Update Failed.', [0, 0]), 'failed'),
  installFailed: said(SWUPDATE, feedback('closed', 'failure', 'ERROR : No space left on device', [0, 1]), 'failed'),
  earlySuccess: said(
    OTHER_CLIENT,
    feedback('closed', 'success', 'Software bundle installed successfully.'),
    'finished',
  ),
} as const;

export function openDoor({ store, clock, db }: SimulatedStore, tenant: number): SimulatedDoor {
  const releases = rememberReleaseContents(db);
  const memory = rememberGates({ reader: db, releases, now: () => clock.now });
  const readDevice = preparePollReader(db, memory, 'sqlite');
  const door = { readDevice, commands: store.commands, countGates: () => undefined } as unknown as DdiDoor;
  const scopeOf = (member: Member) => ({ tenant, tenantName: TENANT, actor: member.name, kind: 'device' as const });

  const take = async (member: Member, attempt: number, saidOf: Omit<Said, 'word'>, about: 'update' | 'cancel') => {
    const report = { deviceAt: null, code: null, details: saidOf.details };
    const input = { scope: scopeOf(member), device: member.id, number: attempt, about, heard: saidOf.heard, report };
    const { outcome } = await store.commands.run('attempt.take-report', input);
    return outcome;
  };
  return {
    poll: async (member) => answerOf(door, member, await deviceOf(readDevice, member), scopeOf(member)),
    report: async (member, attempt, words) => {
      const { word, ...saidOf } = SAID[words];
      const outcome = await take(member, attempt, saidOf, 'update');
      noteReport(member.belief, attempt, { word, status: STATUS_OF[outcome] });
      return outcome === 'kept';
    },
    acknowledgeCancel: async (member, attempt) => {
      const outcome = await take(member, attempt, { heard: CANCELED, details: [] }, 'cancel');
      noteReport(member.belief, attempt, { word: 'canceled', status: STATUS_OF[outcome] });
    },
    bytes: (member, assignment, served) =>
      store.commands.run('attempt.note-bytes', { scope: scopeOf(member), device: member.id, assignment, served }),
    noteRetrieval: (member, assignment) =>
      store.commands.run('attempt.note-retrieval', {
        scope: scopeOf(member),
        device: member.id,
        assignment,
        kind: 'retrieved',
      }),
    showAttributes: async (member) => {
      const data = { version: member.belief.version, [ZONE_ATTRIBUTE]: member.zone.name };
      const change = { mode: 'merge' as const, data };
      await store.commands.run('device.report-attributes', { scope: scopeOf(member), device: member.id, change });
      member.belief.shownVersion = member.belief.version;
    },
  };
}

const STATUS_OF = { kept: 200, ended: 410, unknown: 404, 'not-cancelable': 400, 'too-many': 429 } as const;

async function deviceOf(readDevice: PollReader, { name }: Member): Promise<PolledDevice> {
  const polled = await readDevice(fold(TENANT), name);
  if (polled?.device === null || polled === null) throw new Error(`${name} is not there`);
  return polled.device;
}

type DeviceScope = Parameters<typeof settle>[1]['scope'];

async function answerOf(door: DdiDoor, member: Member, before: PolledDevice, scope: DeviceScope): Promise<Answer> {
  const log = { warn: refuseToWarn } as unknown as Parameters<typeof settle>[1]['log'];
  const state = await settle(door, { scope, controller: member.name, device: before, splitsOffers: 'never', log });
  const links = linksOf(ADDRESS, state);
  const rollout = state.current?.rollout.name ?? null;
  const rest = { wantsAttributes: links.configData !== undefined, rollout, wait: null };
  const attempt = state.current?.attempt?.number ?? null;
  const isAtWork = attempt !== null && (links.cancelAction !== undefined || links.deploymentBase !== undefined);
  if (state.current === null || !isAtWork)
    return { ...rest, wait: waitOf(state.device, state.current), work: { kind: 'nothing' } };
  if (links.cancelAction !== undefined) return { ...rest, work: { kind: 'cancel', attempt } };
  noteOffer(member.belief, attempt);
  const isNew = state.current.attempt?.begunAt === null;
  return { ...rest, work: { kind: 'offer', one: state.current, attempt, isNew } };
}

function waitOf({ facts, readAt }: PolledDevice, current: OpenAssignment | null): Wait | null {
  if (current === null) return null;
  const gates = gatesOf({ device: facts, assignment: current }, readAt);
  const shut = gates.filter(({ passed }) => !passed);
  const others = shut.filter(({ gate }) => gate !== 'pace').map(({ nextChange }) => nextChange ?? Infinity);
  const opensAt = others.length === 0 ? Infinity : Math.max(...others);
  const changeOf = (name: GateName): number | null => gates.find(({ gate }) => gate === name)?.nextChange ?? null;
  return {
    rollout: current.rollout.name,
    shut: shut.map(({ gate }) => gate),
    opensAt: opensAt === Infinity ? null : opensAt,
    windowChangesAt: changeOf('window'),
    placeAt: changeOf('pace'),
  };
}

function refuseToWarn(...about: readonly unknown[]): never {
  throw new Error('what a contact asks for could not be written', { cause: about[0] });
}

type Said = {
  readonly heard: ReturnType<typeof meaningOfFeedback>;
  readonly details: readonly string[];
  readonly word: LastWord | null;
};

function said(client: string, told: DdiFeedback, word: LastWord | null = null): Said {
  return { heard: meaningOfFeedback(told, client), details: told.status.details, word };
}

function feedback(
  execution: DdiExecution,
  finished: 'none' | 'success' | 'failure',
  words: string,
  progress?: readonly [number, number],
): DdiFeedback {
  const result = progress === undefined ? { finished } : { finished, progress: { cnt: progress[0], of: progress[1] } };
  return DdiFeedback.parse({ id: '1', status: { execution, result, details: [words] } });
}
