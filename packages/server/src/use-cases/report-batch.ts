import { decide, meaningOf, momentOf, type ReportKind } from '@updraft/core';
import {
  heardOnly,
  insertReportsWithRoom,
  loadAssignments,
  saveHeard,
  takeDevicesTogether,
  type CommandContext,
  type Heard,
  type StoredAssignment,
} from '@updraft/store';
import { isMoreOfTheSame } from './attempt-step.ts';
import { isOver, takeReport, type ReportInput, type ReportOutcome } from './report-commands.ts';

/** Reports that one commit takes at most. */
export const MAX_REPORTS_TOGETHER = 100;

/** `alone`: it changes more than its device's last word, and is to be taken by a command of its own. */
export type TakenTogether = ReportOutcome | { readonly outcome: 'alone' };

/**
 * Takes reports of several devices in one commit: those that say that their device goes on, as most do, by one statement
 * of each kind for all. In SQLite what changes more is taken behind them, one after the other: in PostgreSQL, where a
 * batch takes no phase's row so that it cannot deadlock with others, by commands of their own.
 */
async function takeReports(
  context: CommandContext,
  { reports }: { readonly reports: readonly ReportInput[] },
): Promise<readonly TakenTogether[]> {
  const taken = await takeAtOnce(context, reports);
  if (context.dialect === 'postgres') return taken;
  const all: TakenTogether[] = [];
  for (const [at, report] of reports.entries()) {
    const one = taken[at] ?? ALONE;
    all.push(one.outcome === 'alone' ? await takeReport(context, report) : one);
  }
  return all;
}

const ALONE: TakenTogether = { outcome: 'alone' };

async function takeAtOnce(context: CommandContext, reports: readonly ReportInput[]): Promise<readonly TakenTogether[]> {
  const fit = reports.filter(isFirstOfDevice);
  const tenants = await takeDevicesTogether(context, [...new Set(fit.map(({ device }) => device))]);
  const stored = await loadAssignments(context, [...new Set(fit.flatMap(({ assignment }) => assignment ?? []))]);
  const judged = new Map(
    fit.map((report) => {
      const isThere = tenants.get(report.device) === report.scope.tenant;
      const mine = report.assignment === undefined || !isThere ? undefined : stored.get(report.assignment);
      return [report, mine?.device === report.device ? judge(context, report, mine) : ALONE] as const;
    }),
  );
  const going = [...judged].flatMap(([report, one]) => ('kind' in one ? [{ report, ...one }] : []));
  const heard = going.flatMap((one) => one.heard ?? []);
  if (heard.length > 0) await saveHeard(context, heard);
  const rows = going.map(({ report, attempt, kind }) => ({ attempt, report: { ...report.report, kind } }));
  const kept = rows.length === 0 ? new Set<number>() : await insertReportsWithRoom(context, rows);
  return reports.map((report) => {
    const one = judged.get(report) ?? ALONE;
    if ('outcome' in one) return one;
    return { outcome: kept.has(one.attempt) ? 'kept' : 'too-many' };
  });
}

/** What a device says twice is taken in its order. */
function isFirstOfDevice({ device, about }: ReportInput, at: number, all: readonly ReportInput[]): boolean {
  return about === 'update' && all.findIndex((other) => other.device === device) === at;
}

/** A report that is kept, and at most moves the time of its device's last word. */
type Going = { readonly attempt: number; readonly kind: ReportKind; readonly heard: Heard | null };

function judge({ now }: CommandContext, report: ReportInput, stored: StoredAssignment): Going | TakenTogether {
  if (isOver(stored, report.number)) return { outcome: 'ended' };
  const { attemptId: id, aggregate } = stored;
  const { attempt } = aggregate;
  // What was never begun, or was taken back, may be outdated: that is looked for alone.
  if (id === null || attempt === null || attempt.begunAt === null || attempt.offeredAt === null) return ALONE;
  const { kind, input } = meaningOf(report.heard, momentOf(attempt));
  if (input === null) return { attempt: id, kind, heard: null };
  const decision = decide(aggregate, input, now);
  if (decision.outcome === 'unchanged') return { attempt: id, kind, heard: null };
  if (decision.outcome === 'refused' || decision.effects.length === 0) return ALONE;
  const heard = decision.effects.every(isMoreOfTheSame) ? heardOnly(stored, decision.state) : null;
  return heard === null ? ALONE : { attempt: id, kind, heard };
}

export const reportBatchCommands = { 'attempt.take-reports': takeReports };
