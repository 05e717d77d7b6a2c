import { z } from 'zod';
import { Audit, Links, NumericId } from './shapes.ts';

export const SoftwareModule = Audit.extend({
  id: NumericId,
  name: z.string(),
  version: z.string(),
  description: z.string().nullish(),
  type: z.string().describe('The key of its type'),
  typeName: z.string().nullish(),
  vendor: z.string().nullish(),
  encrypted: z.boolean(),
  locked: z.boolean(),
  deleted: z.boolean(),
  complete: z.boolean(),
  _links: Links,
}).meta({ id: 'MgmtSoftwareModule' });
export type SoftwareModule = z.output<typeof SoftwareModule>;

export const DistributionSet = Audit.extend({
  id: NumericId,
  name: z.string(),
  version: z.string(),
  description: z.string().nullish(),
  type: z.string().nullish().describe('The key of its type'),
  typeName: z.string().nullish(),
  complete: z.boolean(),
  locked: z.boolean(),
  deleted: z.boolean(),
  valid: z.boolean(),
  requiredMigrationStep: z.boolean(),
  modules: z.array(SoftwareModule),
  _links: Links,
}).meta({ id: 'MgmtDistributionSet' });
export type DistributionSet = z.output<typeof DistributionSet>;
