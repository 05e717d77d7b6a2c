import { moduleRows } from './management-modules-rows.ts';
import { rowTests } from './row.ts';

rowTests('software modules of hawkBit’s Management API', moduleRows);
