import { targetFilterRows } from './management-filters-rows.ts';
import { rowTests } from './row.ts';

rowTests('target filters and auto assignments of hawkBit’s Management API', targetFilterRows);
