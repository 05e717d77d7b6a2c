import { danglingRows, type DatabaseSource } from '@updraft/store';
import type { Examination } from './examine.ts';
import { fail, type Finding, ok } from './finding.ts';

/** Without `--full`: the youngest of each table. */
const SAMPLED_ROWS = 20_000;

/** What no foreign key holds together, because set statements and every report write it. */
export async function checkReferences({ db }: Pick<DatabaseSource, 'db'>, { full }: Examination): Promise<Finding> {
  const dangling = await danglingRows(db, full ? null : SAMPLED_ROWS);
  const which = full ? 'every row' : `the youngest ${SAMPLED_ROWS} rows of each table`;
  if (dangling.length === 0) return ok('references', `${which} of what was assigned names what is there`);
  return fail('references', {
    code: 'rows-dangling',
    fact: dangling.map(({ what, rows }) => `${rows} ${what}`).join('; '),
    advice: 'This is a defect: report it with the output of --full --json, and keep a backup from before.',
  });
}
