import { rowTests } from './row.ts';
import { targetRows } from './management-targets-rows.ts';

rowTests('targets of hawkBit’s Management API', targetRows);
