import { z } from 'zod';
import { DeviceName } from './device-name.ts';
import { ListQuery, pageOf, Timestamp } from './list.ts';
import type { Route } from './route.ts';

/** Devices of one request. */
export const MAX_DEVICES_PER_IMPORT = 100;

const ImportedAttributes = z
  .object({
    devices: z
      .array(
        z.object({
          name: DeviceName,
          attributes: z.record(z.string(), z.string()).describe('What it has said of itself to another server'),
        }),
      )
      .min(1)
      .max(MAX_DEVICES_PER_IMPORT),
  })
  .meta({ id: 'ImportedAttributes' });

const AttributesImported = z
  .object({
    kept: z.array(z.string()).describe('Devices that have said something themselves: that stays'),
    refused: z.array(z.string()).describe('Devices with attributes that are too many, too long or no text'),
    missing: z.array(z.string()).describe('Names that no device has'),
  })
  .meta({ id: 'AttributesImported' });

export const MAX_RECORDS_PER_IMPORT = 200;
/** Of one record. */
const DETAILS_MAX_CHARACTERS = 32_768;
const MAX_DETAILS = 32;
const SOURCE_MAX_CHARACTERS = 512;
const TEXT_MAX_CHARACTERS = 256;
const MAX_MESSAGES = 100;

const Text = z.string().max(TEXT_MAX_CHARACTERS);
const Details = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string()).max(MAX_MESSAGES)]))
  .refine((details) => Object.keys(details).length <= MAX_DETAILS, `at most ${MAX_DETAILS} keys`)
  .refine(
    (details) => JSON.stringify(details).length <= DETAILS_MAX_CHARACTERS,
    `at most ${DETAILS_MAX_CHARACTERS} characters`,
  )
  .describe('What else that server tells');

const ImportedRecord = z
  .object({
    kind: z.enum(['rollout', 'assignment']),
    number: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).describe('Its id at that server'),
    device: Text.nullable().describe('Of an assignment: its name there'),
    rollout: Text.nullable(),
    release: Text.describe('`NAME:VERSION`'),
    state: Text.describe('How that server calls its end'),
    startedAt: Timestamp.nullable(),
    endedAt: Timestamp.nullable(),
    actor: Text.describe('Who began it there'),
    details: Details,
  })
  .meta({ id: 'ImportedRecord' });
const ImportedRecordView = ImportedRecord.extend({ source: z.string() }).meta({ id: 'ImportedRecordView' });
const Source = z.string().min(1).max(SOURCE_MAX_CHARACTERS).describe('Where that server is');
const ImportedHistory = z
  .object({ source: Source, records: z.array(ImportedRecord).min(1).max(MAX_RECORDS_PER_IMPORT) })
  .meta({ id: 'ImportedHistory' });
const HistoryImported = z
  .object({
    recorded: z.number().int(),
    there: z.number().int().describe('Records that were here already; they stay as they are'),
  })
  .meta({ id: 'HistoryImported' });

/** What is brought along from another server, and that no device or operator could say here. */
// prettier-ignore
export const importRoutes = {
  'imports.attributes': { method: 'POST', path: '/imports/attributes', tag: 'imports', summary: 'Note what devices have said of themselves to another server', description: 'For devices that have said nothing here yet. They are asked all the same, and what they say then takes its place.', body: ImportedAttributes, success: { status: 200, body: AttributesImported }, errors: [] },
  'imports.record': { method: 'POST', path: '/imports/history', tag: 'imports', summary: 'Write down what another server has brought to its end', description: 'Records decide nothing and change no more: they are kept to be shown.', body: ImportedHistory, success: { status: 200, body: HistoryImported }, errors: [] },
  'imports.history': { method: 'GET', path: '/imports/history', tag: 'imports', summary: 'What other servers did before their devices came here', query: ListQuery, success: { status: 200, body: pageOf(ImportedRecordView) }, errors: [] },
} as const satisfies Record<string, Route>;
