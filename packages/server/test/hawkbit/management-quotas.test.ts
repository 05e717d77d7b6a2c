import { QUOTAS, quotaRows } from './management-quotas-rows.ts';
import { rowTests } from './row.ts';

rowTests('quotas of hawkBit’s Management API', quotaRows, QUOTAS);
