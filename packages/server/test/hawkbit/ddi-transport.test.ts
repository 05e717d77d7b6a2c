import { transportRows } from './ddi-transport-rows.ts';
import { rowTests } from './row.ts';

rowTests('hawkBit’s device API: media types, verbs, caches and errors', transportRows);
