import { confirmationRows } from './ddi-confirmation-rows.ts';
import { rowTests } from './row.ts';

rowTests('hawkBit’s device API: confirmations', confirmationRows);
