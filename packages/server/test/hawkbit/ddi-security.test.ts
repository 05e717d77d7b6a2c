import { SECURITY_ENVIRONMENT, securityRows } from './ddi-security-rows.ts';
import { rowTests } from './row.ts';

rowTests('hawkBit’s device API: who is let in', securityRows, SECURITY_ENVIRONMENT);
