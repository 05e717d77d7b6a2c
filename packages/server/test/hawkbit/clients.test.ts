import { clientRows } from './client-rows.ts';
import { rowTests } from './row.ts';

rowTests('clients that speak hawkBit’s device API', clientRows);
