import { moduleTypeRows } from './management-module-types-rows.ts';
import { rowTests } from './row.ts';

rowTests('software module types of hawkBit’s Management API', moduleTypeRows);
