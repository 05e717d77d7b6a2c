import { actionRows } from './management-all-actions-rows.ts';
import { rowTests } from './row.ts';

rowTests('actions of all targets of hawkBit’s Management API', actionRows);
