import { setTagRows } from './management-set-tags-rows.ts';
import { rowTests } from './row.ts';

rowTests('distribution set tags of hawkBit’s Management API', setTagRows);
