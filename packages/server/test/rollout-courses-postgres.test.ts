import { postgresFleets } from './contract/fleet-maker.ts';
import { rolloutCourseContract } from './contract/rollout-course-contract.ts';

rolloutCourseContract(postgresFleets());
