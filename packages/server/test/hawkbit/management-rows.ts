import { actionRows } from './management-all-actions-rows.ts';
import { artifactRows } from './management-artifacts-rows.ts';
import { moduleTypeRows } from './management-module-types-rows.ts';
import { moduleRows } from './management-modules-rows.ts';
import { setTagRows } from './management-set-tags-rows.ts';
import { setTypeRows } from './management-set-types-rows.ts';
import { setUseRows } from './management-set-uses-rows.ts';
import { setRows } from './management-sets-rows.ts';
import { targetActionRows } from './management-actions-rows.ts';
import { assignmentRows } from './management-assignments-rows.ts';
import { baseRows } from './management-base-rows.ts';
import { targetFilterRows } from './management-filters-rows.ts';
import { organisationRows } from './management-organisation-rows.ts';
import { quotaRows } from './management-quotas-rows.ts';
import { rolloutCourseRows } from './management-rollout-course-rows.ts';
import { rolloutMemberRows } from './management-rollout-members-rows.ts';
import { rolloutRows } from './management-rollouts-rows.ts';
import { systemRows } from './management-system-rows.ts';
import { targetRows } from './management-targets-rows.ts';
import type { Row } from './row.ts';

/** Every line of the reference of hawkBit's Management API. */
export const managementRows: readonly Row[] = [
  ...baseRows,
  ...targetRows,
  ...assignmentRows,
  ...targetActionRows,
  ...organisationRows,
  ...targetFilterRows,
  ...rolloutRows,
  ...rolloutMemberRows,
  ...rolloutCourseRows,
  ...actionRows,
  ...systemRows,
  ...moduleTypeRows,
  ...moduleRows,
  ...artifactRows,
  ...setTypeRows,
  ...setRows,
  ...setTagRows,
  ...setUseRows,
  ...quotaRows,
];
