import type { ReporterReader } from '@updraft/store';
import type { CommitListeners } from '../commit-listeners.ts';
import { BoundedMemory } from '../bounded-memory.ts';
import { DropLog } from './drop-log.ts';

/** Each about half a kilobyte; what a larger fleet says beyond that is read. */
const MAX_REMEMBERED_REPORTERS = 10_000;

/**
 * Who reports, remembered until a commit touches the device or its tenant by more than a report that it goes on: who says
 * that all the time is not read each time. What is shown as a credential is judged each time, and what the report does to
 * its attempt is decided on rows that its command reads.
 *
 * On SQLite only, where all commits are made in this process, and heard of before their callers hear.
 */
export function rememberReporters(read: ReporterReader, commits: CommitListeners): ReporterReader {
  const drops = new DropLog();
  commits.onTouched(({ devices, tenants, events }) => drops.drop({ devices, tenants, events }));
  commits.onMissed(() => drops.clear());
  const known = new BoundedMemory<string, Remembered>(MAX_REMEMBERED_REPORTERS);
  const readAnew: ReporterReader = async (tenantFold, subject) => {
    const ticket = drops.ticket();
    const reporter = await read(tenantFold, subject);
    if (reporter !== null && reporter.device !== null) known.set(keyOf(tenantFold, subject), { reporter, ticket });
    return reporter;
  };
  return (tenantFold, subject) => {
    const remembered = known.get(keyOf(tenantFold, subject));
    return remembered !== undefined && counts(drops, remembered)
      ? Promise.resolve(remembered.reporter)
      : readAnew(tenantFold, subject);
  };
}

type Remembered = { readonly reporter: NonNullable<Awaited<ReturnType<ReporterReader>>>; readonly ticket: number };

function counts(drops: DropLog, { reporter: { tenant, device }, ticket }: Remembered): boolean {
  return device !== null && drops.counts({ device: device.id, tenant: tenant.id, ticket });
}

/** A tenant's name holds no line end. */
function keyOf(tenantFold: string, subject: string): string {
  return `${tenantFold}\n${subject}`;
}
