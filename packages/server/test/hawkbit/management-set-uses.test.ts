import { setUseRows } from './management-set-uses-rows.ts';
import { rowTests } from './row.ts';

rowTests('what becomes of distribution sets of hawkBit’s Management API', setUseRows);
