import { setTypeRows } from './management-set-types-rows.ts';
import { rowTests } from './row.ts';

rowTests('distribution set types of hawkBit’s Management API', setTypeRows);
