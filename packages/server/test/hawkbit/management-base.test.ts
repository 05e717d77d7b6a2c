import { baseRows } from './management-base-rows.ts';
import { rowTests } from './row.ts';

rowTests('the ground rules of hawkBit’s Management API', baseRows);
