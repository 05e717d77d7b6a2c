import { TARGETS_MAX } from './management-filters-rows.ts';
import { rolloutMemberRows } from './management-rollout-members-rows.ts';
import { rolloutRows } from './management-rollouts-rows.ts';
import { rowTests } from './row.ts';

rowTests('rollouts of hawkBit’s Management API', [...rolloutRows, ...rolloutMemberRows], {
  UPDRAFT_TARGETS_MAX: String(TARGETS_MAX),
});
