import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadSettings, type Settings } from '../../src/config/configuration.ts';
import type { Owner } from '../a-server.ts';

export const INSTANCE_KEY = randomBytes(32).toString('hex');
export const silent = () => undefined;

/** A new name in a folder that goes with the test; nothing stands there yet. */
export async function aPlace(owner: Owner, name: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'updraft-upkeep-'));
  owner.after(() => rm(folder, { recursive: true, force: true }));
  return path.join(folder, name);
}

/** The settings of a server on this folder; a PostgreSQL database where one is named. */
export function settingsFor(dataDir: string, databaseUrl = 'sqlite:'): Promise<Settings> {
  return loadSettings({
    UPDRAFT_DATA_DIR: dataDir,
    UPDRAFT_DATABASE_URL: databaseUrl,
    ...(databaseUrl === 'sqlite:' ? {} : { UPDRAFT_INSTANCE_KEY: INSTANCE_KEY }),
  });
}
