import { baseRows } from './ddi-base-rows.ts';
import { rowTests } from './row.ts';

rowTests('hawkBit’s device API: the poll', baseRows);
