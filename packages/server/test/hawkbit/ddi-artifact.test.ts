import { artifactRows } from './ddi-artifact-rows.ts';
import { rowTests } from './row.ts';

rowTests('hawkBit’s device API: files', artifactRows);
