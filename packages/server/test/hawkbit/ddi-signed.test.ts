import { SIGNED_ENVIRONMENT, signedRows } from './ddi-signed-rows.ts';
import { rowTests } from './row.ts';

rowTests('hawkBit’s device API: signed links', signedRows, SIGNED_ENVIRONMENT);
