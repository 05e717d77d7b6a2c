import { CommandFailed, SharedRead, type CommandRunner } from '@updraft/store';
import type { Commands } from '../use-cases/commands.ts';
import { MAX_REPORTS_TOGETHER, type TakenTogether } from '../use-cases/report-batch.ts';
import type { ReportInput, ReportOutcome } from '../use-cases/report-commands.ts';

export type TakeReport = (report: ReportInput) => Promise<ReportOutcome>;

/** What keeps every command from its commit: to try each alone would only add to it. */
const OUTAGES: ReadonlySet<string> = new Set([
  'limit-reached',
  'store-closed',
  'writer-lost',
  'storage-full',
  'database-unreachable',
]);

/**
 * Takes reports: those that come while others are on their way go together, in one commit. Each is told what became of it
 * when that is durable. Where they fail together each is taken alone, so that one's error is not another's.
 */
export function gatherReports(commands: CommandRunner<Commands>): TakeReport {
  const alone: TakeReport = (report) => commands.run('attempt.take-report', report);
  const together = async (reports: readonly ReportInput[]): Promise<readonly TakenTogether[]> => {
    const [only, ...others] = reports;
    if (only !== undefined && others.length === 0) return [await alone(only)];
    try {
      return await commands.run('attempt.take-reports', { reports });
    } catch (error) {
      if (error instanceof CommandFailed && OUTAGES.has(error.code)) throw error;
      return reports.map(() => ({ outcome: 'alone' }));
    }
  };
  const shared = new SharedRead<ReportInput, TakenTogether>(together, MAX_REPORTS_TOGETHER);
  return async (report) => {
    const taken = await shared.of(report);
    return taken.outcome === 'alone' ? alone(report) : taken;
  };
}
