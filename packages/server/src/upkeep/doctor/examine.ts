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
import { checkClock, checkDue, checkEvents, checkIntegrity, checkLeases, checkWireIds } from './check-database.ts';
import { checkCertificates, checkDisk } from './check-host.ts';
import { checkObjects } from './check-objects.ts';
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
  if (source.migration === 0) return findings;
  findings.push(
    await checkIntegrity(source),
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
    return fail('configuration', error.problems.join('; '), 'Set it right; docs/configuration.md lists every setting.');
  }
}

function checkConfiguration({ configuration, secrets }: Settings): Finding {
  const { dataDir } = configuration;
  if (!existsSync(dataDir))
    return fail('configuration', `${dataDir} does not exist`, 'Set UPDRAFT_DATA_DIR as it is for the server.');
  if (existsSync(path.join(dataDir, RESTORE_FOLDER)))
    return fail('configuration', `a restore into ${dataDir} was cut off`, 'Run "updraft restore" again.');
  const database = secrets.databaseUrl.startsWith('sqlite:') ? 'SQLite' : 'PostgreSQL';
  return ok('configuration', `data in ${dataDir}, database ${database}`);
}

async function sourceOf({ configuration, secrets }: Settings): Promise<DatabaseSource | Finding> {
  try {
    return await openDatabaseSource(parseDatabaseUrl(secrets.databaseUrl, configuration.dataDir));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const why = error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
    return fail('database', why, 'Start the database, or set UPDRAFT_DATABASE_URL as it is for the server.');
  }
}

function checkMigration({ migration }: DatabaseSource): Finding {
  if (migration === LATEST_MIGRATION) return ok('database', `reached, at migration ${migration}`);
  return migration < LATEST_MIGRATION
    ? fail(
        'database',
        `at migration ${migration}, this program needs ${LATEST_MIGRATION}`,
        'Start the server: it migrates.',
      )
    : fail('database', `at migration ${migration}, of a newer program`, 'Use the newer program.');
}
