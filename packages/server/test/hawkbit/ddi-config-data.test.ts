import { configDataRows } from './ddi-config-data-rows.ts';
import { rowTests } from './row.ts';

rowTests('hawkBit’s device API: what devices say of themselves', configDataRows);
