import type { Printer } from '../output/printer.ts';
import { tablePrinter } from '../output/table.ts';
import { type ImportReport, type Kind, KINDS, type Left, LEFT_CODES, type ShownCounts } from './import-report.ts';

/** Rows of what was left that people are shown; `--json` has more. */
const SHOWN_ROWS_PER_CODE = 5;

/** The report as one document. */
export function reportDocument(report: ImportReport, told: { readonly isDry: boolean; readonly source: string }) {
  return {
    source: told.source,
    dryRun: told.isDry,
    kinds: Object.fromEntries(report.counts()),
    notCarried: report.rows(),
    notCarriedByCode: Object.fromEntries(report.leftByCode()),
  };
}

/** The same for people: counts by kind, then what was not carried, by its code. */
export function reportLines(report: ImportReport, isDry: boolean, paint: Printer['paint']): string[] {
  const counts = [...report.counts()];
  if (counts.length === 0) return ['There is nothing at the source that could be carried.'];
  const linesOf = tablePrinter<readonly [Kind, ShownCounts]>(
    [
      { title: isDry ? 'WOULD CARRY' : 'CARRIED', value: ([, { carried }]) => String(carried), align: 'right' },
      { title: 'HERE BEFORE', value: ([, { there }]) => String(there), align: 'right' },
      { title: 'NOT CARRIED', value: ([, { left }]) => String(left), align: 'right' },
      { title: 'WHAT', value: ([kind]) => KINDS[kind] },
    ],
    { width: null, paint },
  );
  return [...linesOf(counts), ...leftLines(report)];
}

function leftLines(report: ImportReport): string[] {
  return [...report.leftByCode()].flatMap(([code, count]) => {
    const rows = report.rows().filter((row) => row.code === code);
    const more = count - Math.min(rows.length, SHOWN_ROWS_PER_CODE);
    return [
      '',
      `${code}: ${LEFT_CODES[code].says}`,
      ...rows.slice(0, SHOWN_ROWS_PER_CODE).map(lineOf),
      ...(more > 0 ? [`  … and ${more} more; --json names them`] : []),
    ];
  });
}

function lineOf({ kind, name, reason, message }: Left): string {
  const why = [reason, message].filter((part) => part !== undefined && part !== '').join(': ');
  return `  ${KINDS[kind]}: ${name}${why === '' ? '' : ` (${why})`}`;
}

/** Whether something went wrong, not only otherwise. */
export function isFaulty(report: ImportReport): boolean {
  return [...report.leftByCode().keys()].some((code) => !LEFT_CODES[code].isChoice);
}
