import { areLegalAttributes, type CallAnswer, type CallInput } from '@updraft/protocols';
import {
  IMPORTED_RECORD_LIST,
  type ImportedRecord,
  type ImportedRecordRow,
  readPage,
  selectImportedRecords,
} from '@updraft/store';
import type { Handlers } from '../http/mount.ts';
import { timestamp } from '../use-cases/timestamp.ts';
import type { HandlerParts } from './handler-parts.ts';
import { listAnswer } from './list-answer.ts';

type RecordView = CallAnswer<'imports.history'>['items'][number];
type GivenRecord = CallInput<'imports.record'>['body']['records'][number];

/** What is brought along from another server. */
export function importHandlers({
  store,
}: HandlerParts): Handlers<'imports.attributes' | 'imports.record' | 'imports.history'> {
  return {
    'imports.attributes': async ({ scope, body }) => {
      const devices = body.devices.filter(({ attributes }) => areLegalAttributes(attributes));
      const wrong = body.devices.filter((device) => !devices.includes(device)).map(({ name }) => name);
      const { kept, refused, missing } = await store.commands.run('import.attributes', { scope, devices });
      return { ok: { kept, refused: [...wrong, ...refused], missing } };
    },
    'imports.record': async ({ scope, body: { source, records } }) => {
      const input = { scope, source, records: records.map(recordOf) };
      const { recorded, there } = await store.commands.run('import.record', input);
      return { ok: { recorded, there } };
    },
    'imports.history': async ({ scope, query }) => {
      const reader = store.longReader;
      const source = { reader, query: selectImportedRecords(reader, scope.tenant) };
      return listAnswer(await readPage(source, IMPORTED_RECORD_LIST, query), (rows) => rows.map(viewOf));
    },
  };
}

/** A moment that nobody knows. */
const UNKNOWN = 0;

function recordOf({ kind, number, device, rollout, release, state, actor, ...more }: GivenRecord): ImportedRecord {
  return {
    kind,
    number,
    release,
    actor,
    device: device ?? '',
    rollout: rollout ?? '',
    state: state.toLowerCase(),
    started_at: more.startedAt === null ? UNKNOWN : Date.parse(more.startedAt),
    ended_at: more.endedAt === null ? UNKNOWN : Date.parse(more.endedAt),
    details: JSON.stringify(more.details),
  };
}

function viewOf(row: ImportedRecordRow): RecordView {
  const { source, kind, number, device, rollout, release, state, actor } = row;
  return {
    source,
    kind,
    number,
    release,
    state,
    actor,
    device: device === '' ? null : device,
    rollout: rollout === '' ? null : rollout,
    startedAt: row.started_at === UNKNOWN ? null : timestamp(row.started_at),
    endedAt: row.ended_at === UNKNOWN ? null : timestamp(row.ended_at),
    details: JSON.parse(row.details) as RecordView['details'],
  };
}
