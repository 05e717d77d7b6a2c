import { deploymentRows } from './ddi-deployment-rows.ts';
import { rowTests } from './row.ts';

rowTests('hawkBit’s device API: what is offered, and what is installed', deploymentRows);
