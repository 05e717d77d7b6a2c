import { setRows } from './management-sets-rows.ts';
import { rowTests } from './row.ts';

rowTests('distribution sets of hawkBit’s Management API', setRows);
