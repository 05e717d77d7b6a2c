import { organisationRows } from './management-organisation-rows.ts';
import { rowTests } from './row.ts';

rowTests('tags, types and groups of targets in hawkBit’s Management API', organisationRows);
