import { TARGETS_MAX, targetFilterRows } from './management-filters-rows.ts';
import { rowTests } from './row.ts';

rowTests('target filters and auto assignments of hawkBit’s Management API', targetFilterRows, {
  UPDRAFT_TARGETS_MAX: String(TARGETS_MAX),
});
