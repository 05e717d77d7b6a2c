import { z } from 'zod';

/**
 * What a running hawkBit answers, as far as an import reads it. Servers of other versions leave properties out and add
 * some: only what names a thing must be there, all else is read where it is.
 */
const Text = z
  .string()
  .nullish()
  .transform((text) => text ?? '');
const Flag = z
  .boolean()
  .nullish()
  .transform((flag) => flag === true);
const Id = z.number().int();
const OptionalId = Id.nullish().transform((id) => id ?? null);
/** Epoch milliseconds. */
const Instant = z
  .number()
  .nullish()
  .transform((at) => at ?? null);

export const SourcePage = z.object({ content: z.array(z.unknown()), total: z.number().nullish() });

const Named = { id: Id, name: z.string().min(1), description: Text };
const Typed = { ...Named, key: Text, colour: Text, deleted: Flag };

export const SourceType = z.object(Typed);
export type SourceType = z.output<typeof SourceType>;

export const SourceModuleType = z.object({
  ...Typed,
  minArtifacts: z
    .number()
    .int()
    .nullish()
    .transform((count) => count ?? 0),
  maxAssignments: z
    .number()
    .int()
    .nullish()
    .transform((count) => count ?? 1),
});
export type SourceModuleType = z.output<typeof SourceModuleType>;

export const SourceTag = z.object({ ...Named, colour: Text });
export type SourceTag = z.output<typeof SourceTag>;

export const SourceMetadata = z.object({ key: z.string().min(1), value: Text, targetVisible: Flag });
export type SourceMetadata = z.output<typeof SourceMetadata>;

const Versioned = { ...Named, version: z.string().min(1), locked: Flag, deleted: Flag };

export const SourceModule = z.object({ ...Versioned, type: z.string().min(1), vendor: Text, encrypted: Flag });
export type SourceModule = z.output<typeof SourceModule>;

export const SourceArtifact = z.object({
  id: Id,
  providedFilename: z.string().min(1),
  size: z
    .number()
    .int()
    .nullish()
    .transform((size) => size ?? null),
  hashes: z
    .object({ sha1: Text, md5: Text, sha256: Text })
    .nullish()
    .transform((hashes) => hashes ?? { sha1: '', md5: '', sha256: '' }),
});
export type SourceArtifact = z.output<typeof SourceArtifact>;

export const SourceSet = z.object({
  ...Versioned,
  type: Text,
  requiredMigrationStep: Flag,
  /** Servers before 0.4 do not say it: their sets are valid. */
  valid: z
    .boolean()
    .nullish()
    .transform((flag) => flag !== false),
  /** Null: to be asked for by themselves. */
  modules: z
    .array(SourceModule)
    .nullish()
    .transform((modules) => modules ?? null),
});
export type SourceSet = z.output<typeof SourceSet>;

export const SourceTarget = z.object({
  controllerId: z.string().min(1),
  name: Text,
  description: Text,
  address: Text,
  group: Text,
  /** Null: not shown to who asks. */
  securityToken: z
    .string()
    .min(1)
    .nullish()
    .transform((token) => token ?? null),
  targetType: OptionalId,
  autoConfirmActive: Flag,
});
export type SourceTarget = z.output<typeof SourceTarget>;

export const SourceAttributes = z.record(z.string(), Text);

export const SourceAutoConfirm = z.object({ active: Flag, initiator: Text, remark: Text });

export const SourceFilter = z.object({
  id: Id,
  name: z.string().min(1),
  query: z.string().min(1),
  autoAssignDistributionSet: OptionalId,
  autoAssignActionType: Text,
  autoAssignWeight: OptionalId,
  confirmationRequired: z.boolean().nullish(),
});
export type SourceFilter = z.output<typeof SourceFilter>;

export const SourceAutoAssignment = z.object({
  id: Id,
  name: Text,
  description: Text,
  targetFilterQuery: z.string().min(1),
  distributionSetId: Id,
  status: Text,
  actionType: Text,
  weight: OptionalId,
  confirmationRequired: z.boolean().nullish(),
});
export type SourceAutoAssignment = z.output<typeof SourceAutoAssignment>;

const Link = z.object({ href: z.string(), name: z.string().nullish() }).nullish();

export const SourceRollout = z.object({
  ...Named,
  createdAt: Instant,
  createdBy: Text,
  lastModifiedAt: Instant,
  targetFilterQuery: Text,
  distributionSetId: Id,
  status: z.string().min(1),
  type: Text,
  totalTargets: z
    .number()
    .int()
    .nullish()
    .transform((count) => count ?? 0),
  totalTargetsPerStatus: z.record(z.string(), z.number()).nullish(),
});
export type SourceRollout = z.output<typeof SourceRollout>;

export const SourceAction = z.object({
  id: Id,
  status: z.string().min(1),
  /** Servers before 0.10 kept the finer word here, and only `pending` or `finished` in `status`. */
  detailStatus: Text,
  active: Flag,
  type: Text,
  forceType: Text,
  rollout: OptionalId,
  lastStatusCode: OptionalId,
  createdAt: Instant,
  createdBy: Text,
  lastModifiedAt: Instant,
  _links: z.object({ self: Link, target: Link, distributionset: Link }).nullish(),
});
export type SourceAction = z.output<typeof SourceAction>;

export const SourceActionStatus = z.object({
  type: Text,
  messages: z
    .array(z.string())
    .nullish()
    .transform((messages) => messages ?? []),
});
