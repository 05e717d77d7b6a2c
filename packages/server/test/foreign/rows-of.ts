import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import path from 'node:path';

/** Of a row without a tenant these name, in this order, what it belongs to: column → table. */
const OWNERS: Readonly<Record<string, string>> = {
  device: 'device',
  rollout: 'rollout',
  attempt: 'attempt',
  component: 'component',
  release: 'release',
  release_kind: 'release_kind',
  device_type: 'device_type',
};
/** They are nobody's. */
const COMMON_TABLES = ['lease', 'server_state', 'migration'];

/** Whose rows: a tenant's, or one device's. */
export type Owner = { readonly tenant: number } | { readonly device: number };

/** A digest of each table's rows of an owner, read beside the server. A table that belongs to nobody known throws. */
export function rowsOf(dataDir: string, owner: Owner): Readonly<Record<string, string>> {
  using database = new DatabaseSync(path.join(dataDir, 'updraft.db'), { readOnly: true });
  const tables = database
    .prepare(`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`)
    .all();
  const digests: Record<string, string> = {};
  for (const { name } of tables as { name: string }[]) {
    if (COMMON_TABLES.includes(name)) continue;
    const where = 'tenant' in owner ? ofTenant(database, name) : ofDevice(database, name);
    if (where === null) continue;
    const rows = database
      .prepare(`select * from "${name}" where ${where}`)
      .all('tenant' in owner ? owner.tenant : owner.device);
    const texts = rows.map((row) => JSON.stringify(row)).toSorted();
    digests[name] = `${rows.length} ${createHash('sha256').update(texts.join('\n')).digest('hex')}`;
  }
  return digests;
}

function columnsOf(database: DatabaseSync, table: string): readonly string[] {
  const rows = database.prepare(`pragma table_info("${table}")`).all() as { name: string }[];
  return rows.map(({ name }) => name);
}

function ofTenant(database: DatabaseSync, table: string): string {
  if (table === 'tenant') return 'id = ?';
  const columns = columnsOf(database, table);
  if (columns.includes('tenant')) return 'tenant = ?';
  const owner = Object.entries(OWNERS).find(([column]) => columns.includes(column));
  if (owner === undefined) throw new Error(`whose are the rows of ${table}?`);
  return `${owner[0]} in (select id from ${owner[1]} where tenant = ?)`;
}

function ofDevice(database: DatabaseSync, table: string): string | null {
  if (table === 'device') return 'id = ?';
  const columns = columnsOf(database, table);
  // Its name is what is imported of it; it has no row of that device.
  if (columns.includes('device') && table !== 'imported_record') return 'device = ?';
  return columns.includes('attempt') ? 'attempt in (select id from attempt where device = ?)' : null;
}
