import { existsSync } from 'node:fs';
import {
  type DatabaseSource,
  LATEST_MIGRATION,
  openDatabaseSource,
  parseDatabaseUrl,
  RESTORE_FOLDER,
  StoreError,
} from '@updraft/store';
import path from 'node:path';
import { ConfigurationError } from '../../config/configuration-error.ts';
import { loadSettings, type Settings } from '../../config/configuration.ts';
import type { Progress } from '../progress.ts';
import { checkCounts } from './check-counts.ts';
import {
  checkClock,
  checkDue,
  damaged,
  checkEvents,
  checkIntegrity,
  checkLeases,
  checkWireIds,
} from './check-database.ts';
import { checkCertificates } from './check-certificates.ts';
import { checkDisk } from './check-host.ts';
import { checkObjects } from './check-objects.ts';
import { checkReferences } from './check-references.ts';
import { fail, type Finding, ok } from './finding.ts';

export type Examination = { readonly full: boolean; readonly progress: Progress };

/**
 * Looks at everything that a server needs, at one moment of its database and while it may be serving; changes nothing.
 * What cannot be looked at because something before it failed is left out.
 */
export async function examine(
  environment: Readonly<Record<string, string | undefined>>,
  examination: Examination,
): Promise<readonly Finding[]> {
  const settings = await settingsOf(environment);
  if ('check' in settings) return [settings];
  const { configuration } = settings;
  const findings: Finding[] = [checkConfiguration(settings)];
  if (findings[0]?.verdict === 'fail') return findings;
  findings.push(await checkDisk(configuration.dataDir));
  const source = await sourceOf(settings);
  if ('check' in source) return [...findings, source];
  await using _closed = source;
  findings.push(checkMigration(source));
  // Tables of another form cannot be asked.
  if (source.migration !== LATEST_MIGRATION) return findings;
  const integrity = await checkIntegrity(source);
  // What is read from a damaged file says nothing.
  if (integrity.code === 'database-damaged' && source.dialect === 'sqlite') return [...findings, integrity];
  findings.push(
    integrity,
    await checkReferences(source, examination),
    checkClock(source),
    await checkLeases(source),
    await checkDue(source),
    await checkEvents(source),
    await checkWireIds(source),
    await checkCounts(source, examination),
    await checkObjects(source, configuration.dataDir, examination),
    ...(await checkCertificates(source, configuration)),
  );
  return findings;
}

async function settingsOf(environment: Readonly<Record<string, string | undefined>>): Promise<Settings | Finding> {
  try {
    return await loadSettings(environment);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return fail('configuration', {
      code: 'configuration-invalid',
      fact: error.problems.join('; '),
      advice: 'Set it right; docs/configuration.md lists every setting.',
    });
  }
}

function checkConfiguration({ configuration, secrets }: Settings): Finding {
  const { dataDir } = configuration;
  if (!existsSync(dataDir))
    return fail('configuration', {
      code: 'data-dir-missing',
      fact: `${dataDir} does not exist`,
      advice: 'Set UPDRAFT_DATA_DIR as it is for the server.',
    });
  if (existsSync(path.join(dataDir, RESTORE_FOLDER)))
    return fail('configuration', {
      code: 'restore-unfinished',
      fact: `a restore into ${dataDir} was cut off`,
      advice: 'Run "updraft restore" again.',
    });
  const database = secrets.databaseUrl.startsWith('sqlite:') ? 'SQLite' : 'PostgreSQL';
  return ok('configuration', `data in ${dataDir}, database ${database}`);
}

async function sourceOf({ configuration, secrets }: Settings): Promise<DatabaseSource | Finding> {
  try {
    return await openDatabaseSource(parseDatabaseUrl(secrets.databaseUrl, configuration.dataDir));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'database-inconsistent') return damaged(error.message);
    const why = error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
    return fail('database', {
      code: 'database-unreachable',
      fact: why,
      advice: 'Start the database, or set UPDRAFT_DATABASE_URL as it is for the server.',
    });
  }
}

function checkMigration({ migration }: DatabaseSource): Finding {
  if (migration === LATEST_MIGRATION) return ok('database', `reached, at migration ${migration}`);
  const fact = `at migration ${migration}, this program knows ${LATEST_MIGRATION}`;
  return migration < LATEST_MIGRATION
    ? fail('database', { code: 'migration-pending', fact, advice: 'Start the server: it migrates.' })
    : fail('database', { code: 'database-too-new', fact, advice: 'Use the newer program.' });
}
