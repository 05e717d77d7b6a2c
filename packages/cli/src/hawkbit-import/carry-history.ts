import { type CallInput, MAX_RECORDS_PER_IMPORT } from '@updraft/protocols';
import {
  SourceAction,
  SourceActionStatus,
  SourceRollout,
  type SourceAction as Action,
  type SourceRollout as Rollout,
} from '@updraft/protocols/hawkbit-management';
import { pages } from '../pages.ts';
import { inTurns } from './in-turns.ts';
import { type ImportRun, sourceRows } from './import-run.ts';
import type { Kind } from './import-report.ts';
import { portionsOf } from './portions.ts';

type Entry = CallInput<'imports.record'>['body']['records'][number];

/** Actions whose reports are read before their records are written. */
const ACTIONS_PER_STEP = 200;
/** As for targets: hawkBit refuses more than 200 reads a second of one address. */
const REQUESTS_AT_ONCE = 4;
/** Newest first; what an action was told before these is left. */
const MAX_REPORTS_PER_ACTION = 50;
const MESSAGE_MAX_CHARACTERS = 200;
const TEXT_MAX_CHARACTERS = 256;
/** Of a filter, and of a description. */
const FILTER_MAX_CHARACTERS = 2_048;

const ROLLOUT_ENDS = new Set(['finished', 'stopped', 'deleted']);

/**
 * What the source has brought to its end, as records that are shown and decide nothing. They do not become rollouts and
 * assignments of this server: those carry gates, evidence and an audited course, which nobody can vouch for afterwards.
 */
export async function carryHistory(run: ImportRun, titles: Titles): Promise<void> {
  const rollouts = await carryRollouts(run, titles);
  await carryActions(run, { titles, rollouts, recorded: await recordedActions(run) });
}

/** Names by the ids of the source. */
type Titles = ReadonlyMap<number, string>;

async function carryRollouts(run: ImportRun, titles: Titles): Promise<Titles> {
  const names = new Map<number, string>();
  const entries: Entry[] = [];
  const query = { representation: 'full', soft_deleted_mode: 'INCLUDE_SOFT_DELETED' };
  for await (const rollout of sourceRows(run, { kind: 'rollouts', path: '/rollouts', query }, SourceRollout)) {
    run.progress.seen('rollouts');
    names.set(rollout.id, rollout.name);
    if (ROLLOUT_ENDS.has(rollout.status)) entries.push(rolloutEntry(rollout, titles));
    else run.report.left({ kind: 'rollouts', name: rollout.name, code: 'still-running', message: rollout.status });
  }
  await record(run, 'rollouts', entries);
  return names;
}

function rolloutEntry(rollout: Rollout, titles: Titles): Entry {
  const { id, name, status, targetFilterQuery, description, type, totalTargets, totalTargetsPerStatus } = rollout;
  return {
    kind: 'rollout',
    number: id,
    device: null,
    rollout: cut(name),
    release: cut(titles.get(rollout.distributionSetId) ?? ''),
    state: cut(status),
    startedAt: momentOf(rollout.createdAt),
    endedAt: momentOf(rollout.lastModifiedAt),
    actor: cut(rollout.createdBy),
    details: {
      filter: cut(targetFilterQuery, FILTER_MAX_CHARACTERS),
      description: cut(description, FILTER_MAX_CHARACTERS),
      type: cut(type),
      targets: totalTargets,
      ...totalTargetsPerStatus,
    },
  };
}

type Known = { readonly titles: Titles; readonly rollouts: Titles; readonly recorded: ReadonlySet<number> };

/** Ids of the actions that an earlier run has written down: what was told of them need not be read again. */
async function recordedActions({ api, source }: ImportRun): Promise<ReadonlySet<number>> {
  const recorded = new Set<number>();
  const found = pages((query) => api.call('imports.history', { query }), { filter: 'kind==assignment' });
  for await (const { items } of found)
    for (const one of items) if (one.source === source.baseUrl) recorded.add(one.number);
  return recorded;
}

async function carryActions(run: ImportRun, known: Known): Promise<void> {
  let step: Action[] = [];
  const list = { kind: 'actions', path: '/actions', query: { representation: 'full', sort: 'id:ASC' } } as const;
  for await (const action of sourceRows(run, list, SourceAction)) {
    run.progress.seen('actions');
    step.push(action);
    if (step.length < ACTIONS_PER_STEP) continue;
    await carryStep(run, step, known);
    step = [];
  }
  await carryStep(run, step, known);
}

async function carryStep(run: ImportRun, step: readonly Action[], known: Known): Promise<void> {
  const entries: Entry[] = [];
  const open = step.filter(({ active }) => active).length;
  if (open > 0) run.report.left({ kind: 'actions', name: `${open} of them`, code: 'still-running' }, open);
  const ended = step.filter(({ active }) => !active);
  const fresh = ended.filter(({ id }) => !known.recorded.has(id));
  run.report.there('actions', ended.length - fresh.length);
  await inTurns(fresh, REQUESTS_AT_ONCE, async (action) => {
    const device = segmentAfter(action._links?.target?.href ?? action._links?.self?.href, 'targets');
    if (device === null) run.report.left({ kind: 'actions', name: String(action.id), code: 'answer-unexpected' });
    else entries.push(await actionEntry(run, { action, device }, known));
  });
  await record(run, 'actions', entries);
}

type OfDevice = { readonly action: Action; readonly device: string };

async function actionEntry(run: ImportRun, { action, device }: OfDevice, { titles, rollouts }: Known): Promise<Entry> {
  const set = action._links?.distributionset;
  const number = Number(segmentAfter(set?.href, 'distributionsets') ?? Number.NaN);
  const { id, status, detailStatus, forceType, type, lastStatusCode } = action;
  return {
    kind: 'assignment',
    number: id,
    device: cut(device),
    rollout: action.rollout === null ? null : cut(rollouts.get(action.rollout) ?? String(action.rollout)),
    release: cut(titles.get(number) ?? set?.name ?? ''),
    state: cut(detailStatus === '' ? status : detailStatus),
    startedAt: momentOf(action.createdAt),
    endedAt: momentOf(action.lastModifiedAt),
    actor: cut(action.createdBy),
    details: {
      type: cut(type),
      forceType: cut(forceType),
      ...(lastStatusCode === null ? {} : { code: lastStatusCode }),
      messages: await messagesOf(run, { action, device }),
    },
  };
}

/** What the device told of it, oldest first. In a dry run nobody reads it. */
async function messagesOf(run: ImportRun, { action, device }: OfDevice): Promise<string[]> {
  if (run.isDry) return [];
  const path = `/targets/${encodeURIComponent(device)}/actions/${action.id}/status`;
  const messages: string[] = [];
  for await (const { type, messages: said } of sourceRows(
    run,
    { kind: 'actions', path, query: { sort: 'id:DESC' } },
    SourceActionStatus,
  )) {
    messages.push(cut(`${type}: ${said.join(' ')}`, MESSAGE_MAX_CHARACTERS));
    if (messages.length >= MAX_REPORTS_PER_ACTION) break;
  }
  return messages.toReversed();
}

async function record(run: ImportRun, kind: Kind, entries: readonly Entry[]): Promise<void> {
  if (run.isDry) return run.report.carried(kind, entries.length);
  for (const records of portionsOf(entries, MAX_RECORDS_PER_IMPORT)) {
    const { recorded, there } = await run.api.call('imports.record', { body: { source: run.source.baseUrl, records } });
    run.report.carried(kind, recorded);
    run.report.there(kind, there);
  }
}

/** `…/targets/gw%201/…` → `gw 1` */
function segmentAfter(href: string | undefined, word: string): string | null {
  const segment = new RegExp(`/${word}/([^/?#]+)`).exec(href ?? '')?.[1];
  try {
    return segment === undefined ? null : decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return null;
    throw error;
  }
}

/** Text as our API takes it: no control characters, no halves of letters, not too long. */
function cut(text: string, maxCharacters = TEXT_MAX_CHARACTERS): string {
  return text
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, maxCharacters)
    .toWellFormed();
}

/** What no clock could say is not known. */
function momentOf(at: number | null): string | null {
  const moment = new Date(at ?? Number.NaN);
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}
