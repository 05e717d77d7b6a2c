import { systemRows } from './management-system-rows.ts';
import { rowTests } from './row.ts';

rowTests('system configuration of hawkBit’s Management API', systemRows);
