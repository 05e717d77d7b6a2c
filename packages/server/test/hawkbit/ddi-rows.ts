import { artifactRows } from './ddi-artifact-rows.ts';
import { baseRows } from './ddi-base-rows.ts';
import { configDataRows } from './ddi-config-data-rows.ts';
import { confirmationRows } from './ddi-confirmation-rows.ts';
import { deploymentRows } from './ddi-deployment-rows.ts';
import { feedbackRows } from './ddi-feedback-rows.ts';
import type { Row } from './row.ts';
import { securityRows } from './ddi-security-rows.ts';
import { signedRows } from './ddi-signed-rows.ts';
import { transportRows } from './ddi-transport-rows.ts';

/** Every line of the reference of hawkBit's device API. */
export const ddiRows: readonly Row[] = [
  ...transportRows,
  ...securityRows,
  ...baseRows,
  ...deploymentRows,
  ...artifactRows,
  ...signedRows,
  ...feedbackRows,
  ...configDataRows,
  ...confirmationRows,
];
