import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { failureCode, StoreError } from '@updraft/store';
import { ConfigurationError } from '../config/configuration-error.ts';
import { loadSettings } from '../config/configuration.ts';
import { backUp } from './backup.ts';
import { checkBackup } from './check-backup.ts';
import { copyToPostgres } from './copy-to-postgres.ts';
import { examine } from './doctor/examine.ts';
import { type Progress, terminalProgress } from './progress.ts';
import { restore } from './restore.ts';
import { UpkeepError } from './upkeep-error.ts';

/** What a command has to say at its end: for people, and as one JSON document. */
type Result = { readonly lines: readonly string[]; readonly document: object; readonly failed?: true };
type Verb = (words: readonly string[], flags: Flags, progress: Progress) => Promise<Result>;
type Flags = { readonly check: boolean; readonly full: boolean; readonly from?: string; readonly to?: string };

/** Exit codes, as everywhere: 0 done, 1 refused or failed, 2 wrong use. */
await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  const asksJson = args.includes('--json');
  const progress = terminalProgress(process.stderr);
  try {
    const { values, positionals } = parse(args);
    const { verb, words } = verbOf(positionals);
    const result = await verb(words, values, progress);
    progress.end();
    process.stdout.write(asksJson ? `${JSON.stringify(result.document)}\n` : `${result.lines.join('\n')}\n`);
    if (result.failed) process.exitCode = 1;
  } catch (error) {
    progress.end();
    const { code, message, isUsage } = told(error);
    process.stderr.write(
      asksJson ? `${JSON.stringify({ code, detail: message })}\n` : `updraft: ${message} (${code})\n`,
    );
    process.exitCode = isUsage ? 2 : 1;
  }
}

function parse(args: readonly string[]) {
  const off = { type: 'boolean', default: false } as const;
  const options = { json: off, check: off, full: off, from: { type: 'string' }, to: { type: 'string' } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw new UpkeepError('usage', cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function verbOf([first = '', second, ...rest]: readonly string[]): {
  readonly verb: Verb;
  readonly words: readonly string[];
} {
  const words = second === undefined ? [] : [second, ...rest];
  if (first === 'backup') return { verb: runBackup, words };
  if (first === 'restore') return { verb: runRestore, words };
  if (first === 'doctor') return { verb: runDoctor, words };
  if (first === 'db' && second === 'copy') return { verb: runCopy, words: rest };
  throw new UpkeepError('usage', `there is no command "updraft ${first}" on a server's data; see "updraft help"`);
}

async function runBackup(words: readonly string[], _flags: Flags, progress: Progress): Promise<Result> {
  const folder = folderOf(words, 'updraft backup DIR');
  const manifest = await backUp(await loadSettings(process.env), folder, progress);
  const { tables, objects, instanceKey } = manifest;
  return {
    document: { folder, ...manifest },
    lines: [
      `Backed up to ${folder}: ${rowsIn(tables)} rows in ${tables.length} tables, ${objects.length} objects.`,
      instanceKey.included
        ? 'It holds the instance key and the hashes of all credentials: keep it as secret as the server.'
        : 'It does not hold the instance key, which is configured: keep UPDRAFT_INSTANCE_KEY with it, apart and secret.',
    ],
  };
}

async function runRestore(words: readonly string[], { check }: Flags, progress: Progress): Promise<Result> {
  const folder = folderOf(words, 'updraft restore DIR');
  if (check) {
    const manifest = await checkBackup(folder, progress);
    const { tables, objects, madeAt } = manifest;
    const held = `${rowsIn(tables)} rows in ${tables.length} tables, ${objects.length} objects`;
    return { document: { folder, ...manifest }, lines: [`The backup of ${madeAt} is whole: ${held}.`] };
  }
  const settings = await loadSettings(process.env);
  const { manifest, gap, key } = await restore(settings, folder, progress);
  const { tables, objects, madeAt } = manifest;
  return {
    document: { folder, dataDir: settings.configuration.dataDir, gap, key, ...manifest },
    lines: [
      `Restored the backup of ${madeAt} to ${settings.configuration.dataDir}: ${rowsIn(tables)} rows, ${objects.length} objects.`,
      `New wire ids go on ${gap} behind the last that the backup knows, so that no device takes a new update for an old one.`,
      'Start it with "updraft serve". The server that it replaces must not run again.',
    ],
  };
}

async function runCopy(words: readonly string[], { from, to }: Flags, progress: Progress): Promise<Result> {
  if (words.length > 0 || from === undefined || to === undefined)
    throw new UpkeepError(
      'usage',
      'say: updraft db copy --from DATA-DIR --to postgres://USER:PASSWORD@HOST:PORT/DATABASE',
    );
  const dataDir = path.resolve(from);
  if (!existsSync(dataDir)) throw new UpkeepError('usage', `${dataDir} is no data directory`);
  const rows = await copyToPostgres({ dataDir, from: 'sqlite:', to }, progress);
  const tables = [...rows].map(([name, copied]) => ({ name, rows: copied }));
  return {
    document: { dataDir, tables },
    lines: [
      `Copied ${rowsIn(tables)} rows in ${tables.length} tables; every table holds as many as before.`,
      `Start the server with UPDRAFT_DATABASE_URL, the same UPDRAFT_DATA_DIR, and UPDRAFT_INSTANCE_KEY set to what stands in`,
      `${path.join(dataDir, 'instance.key')}. Then move ${path.join(dataDir, 'updraft.db')} away.`,
    ],
  };
}

async function runDoctor(words: readonly string[], { full }: Flags, progress: Progress): Promise<Result> {
  if (words.length > 0) throw new UpkeepError('usage', 'say: updraft doctor [--full]');
  const findings = await examine(process.env, { full, progress });
  const failed = findings.some(({ verdict }) => verdict === 'fail');
  return {
    document: { findings },
    lines: findings.flatMap(({ check, verdict, code, fact, advice }) => [
      `${verdict.padEnd(5)} ${check}: ${fact}${code === null ? '' : ` (${code})`}`,
      ...(advice === null ? [] : [`      ${advice}`]),
    ]),
    ...(failed ? { failed } : {}),
  };
}

function folderOf(words: readonly string[], usage: string): string {
  const [folder] = words;
  if (folder === undefined || words.length > 1) throw new UpkeepError('usage', `say: ${usage}`);
  return path.resolve(folder);
}

function rowsIn(tables: readonly { readonly rows: number }[]): number {
  return tables.reduce((sum, { rows }) => sum + rows, 0);
}

function told(error: unknown): { readonly code: string; readonly message: string; readonly isUsage: boolean } {
  if (error instanceof ConfigurationError)
    return { code: 'configuration', message: error.problems.join('; '), isUsage: true };
  if (error instanceof UpkeepError)
    return { code: error.code, message: error.message, isUsage: error.code === 'usage' };
  if (error instanceof StoreError)
    return { code: error.code, message: `${error.message}${causeOf(error)}`, isUsage: false };
  if (!(error instanceof Error)) return { code: 'internal-error', message: String(error), isUsage: false };
  const native = 'code' in error ? String(error.code) : '';
  if (native === 'ENOSPC' || native === 'EDQUOT' || failureCode(error) === 'storage-full')
    return { code: 'storage-full', message: 'the disk is full; nothing was left behind', isUsage: false };
  return { code: native === '' ? 'internal-error' : native, message: error.message, isUsage: false };
}

/** What the driver says of a database that refuses us; no driver repeats a password. */
function causeOf({ code, cause }: StoreError): string {
  return code === 'database-unreachable' && cause instanceof Error && cause.message !== '' ? `: ${cause.message}` : '';
}
