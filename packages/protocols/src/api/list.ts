import { MAX_FILTER_CHARACTERS } from '@updraft/core';
import { z } from 'zod';

export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 500;
/** Totals are counted up to here; a larger set answers `totalIsExact: false`. */
export const MAX_COUNTED_TOTAL = 10_000;

/** The one convention of every list: page size, cursor, order, filter. */
export const ListQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE).describe('Rows in a page'),
  cursor: z.string().max(2000).optional().describe('`next` of the page before'),
  sort: z.string().max(200).optional().describe('One field; `-` before it reverses: `name`, `-createdAt`'),
  filter: z
    .string()
    .max(MAX_FILTER_CHARACTERS)
    .optional()
    .describe('RSQL over the fields of the row: `name==gw-*;type==board-a`'),
});

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    total: z.number().int().describe(`Rows that match; counting stops at ${MAX_COUNTED_TOTAL}`),
    totalIsExact: z.boolean(),
    next: z.string().nullable().describe('Cursor of the next page, null on the last'),
  });
}

export const NAME_MAX_CHARACTERS = 128;
export const DESCRIPTION_MAX_CHARACTERS = 2000;

/** A name that people give: trimmed, no control characters, not empty. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .max(NAME_MAX_CHARACTERS)
  .regex(/^[^\p{Cc}]+$/u, 'control characters are not allowed');

export const Description = z
  .string()
  .max(DESCRIPTION_MAX_CHARACTERS)
  .refine((text) => !text.includes('\u0000'), 'U+0000 is not allowed');

export const Timestamp = z.iso.datetime().describe('RFC 3339, UTC');
export const Uid = z.uuid();
export const UidParams = z.object({ id: Uid });
