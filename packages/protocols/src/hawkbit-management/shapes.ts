import { z } from 'zod';

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 500;
const MAX_OFFSET = 2 ** 31 - 1;
const QUERY_MAX_CHARACTERS = 4000;

/** Outside of its bounds a number of rows is brought back into them, as hawkBit does. */
const Offset = z.coerce
  .number()
  .int()
  .default(0)
  .transform((offset) => Math.min(Math.max(offset, 0), MAX_OFFSET));
const Limit = z.coerce
  .number()
  .int()
  .default(DEFAULT_LIMIT)
  .transform((limit) => (limit < 1 ? DEFAULT_LIMIT : Math.min(limit, MAX_LIMIT)));

/** `offset`, `limit` and `sort` of a list without a filter. */
export const PageQuery = z.object({
  offset: Offset,
  limit: Limit,
  sort: z.string().max(QUERY_MAX_CHARACTERS).optional().describe('`field:ASC,other:DESC`'),
});
export const ListQuery = PageQuery.extend({
  q: z.string().max(QUERY_MAX_CHARACTERS).optional().describe('RSQL over the searchable fields'),
});
export type PageQuery = z.output<typeof PageQuery> & { readonly q?: string | undefined };

export const Representation = z
  .string()
  .optional()
  .transform((word): 'compact' | 'full' => (word?.toLowerCase() === 'full' ? 'full' : 'compact'))
  .describe('`compact` (default) or `full`');

export const SOFT_DELETED_MODES = ['EXCLUDE_SOFT_DELETED', 'ONLY_SOFT_DELETED', 'INCLUDE_SOFT_DELETED'] as const;
export const SoftDeletedMode = z.enum(SOFT_DELETED_MODES).default('EXCLUDE_SOFT_DELETED');

/** Ids are positive whole numbers; -1 and 0 name nothing. */
export const NumericId = z.number().int().max(Number.MAX_SAFE_INTEGER);
const PathId = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const IdParams = z.object({ id: PathId });
export { PathId };

export const IdReference = z.object({ id: NumericId });

/** `size`: rows of this page, `total`: of all pages. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ content: z.array(item), total: z.number().int(), size: z.number().int() });
}

const Link = z.object({ href: z.string(), name: z.string().optional() });
export type Link = z.output<typeof Link>;
/** HAL: one object a relation. */
export const Links = z.record(z.string(), Link);

/** Every entity has these; instants are epoch milliseconds. */
export const Audit = z.object({
  createdBy: z.string().nullish(),
  createdAt: z.number().int().nullish(),
  lastModifiedBy: z.string().nullish(),
  lastModifiedAt: z.number().int().nullish(),
});

export const NAME_MAX_CHARACTERS = 128;
export const DESCRIPTION_MAX_CHARACTERS = 512;
export const COLOUR_MAX_CHARACTERS = 16;
export const TYPE_KEY_MAX_CHARACTERS = 64;
export const METADATA_KEY_MAX_CHARACTERS = 128;
export const METADATA_VALUE_MAX_CHARACTERS = 4000;

/** Text that people read: hawkBit refuses what a browser could take for a tag. */
export function plainText(max: number) {
  return z
    .string()
    .max(max)
    .refine((text) => !/<[a-z!/?]/i.test(text), 'HTML is not allowed');
}
export const GivenName = plainText(NAME_MAX_CHARACTERS)
  .min(1)
  .refine((text) => text.trim() !== '', 'a name is needed');
export const GivenDescription = plainText(DESCRIPTION_MAX_CHARACTERS);
export const Colour = plainText(COLOUR_MAX_CHARACTERS);

export const Metadata = z.object({
  key: z.string().min(1).max(METADATA_KEY_MAX_CHARACTERS),
  value: z.string().max(METADATA_VALUE_MAX_CHARACTERS),
});
