import { feedbackRows } from './ddi-feedback-rows.ts';
import { rowTests } from './row.ts';

rowTests('hawkBit’s device API: what devices report', feedbackRows);
