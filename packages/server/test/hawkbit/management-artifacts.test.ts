import { artifactRows } from './management-artifacts-rows.ts';
import { rowTests } from './row.ts';

rowTests('artifacts of hawkBit’s Management API', artifactRows);
