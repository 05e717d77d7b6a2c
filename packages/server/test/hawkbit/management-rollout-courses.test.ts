import { rolloutCourseRows } from './management-rollout-course-rows.ts';
import { rowTests } from './row.ts';

rowTests('the course of rollouts of hawkBit’s Management API', rolloutCourseRows);
