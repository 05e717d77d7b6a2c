import { targetActionRows } from './management-actions-rows.ts';
import { assignmentRows } from './management-assignments-rows.ts';
import { rowTests } from './row.ts';

rowTests('assignments and actions of targets in hawkBit’s Management API', [...assignmentRows, ...targetActionRows]);
