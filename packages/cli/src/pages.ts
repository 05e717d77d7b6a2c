import type { Command } from 'commander';
import { countOption } from './option-values.ts';
import type { Page } from './output/printer.ts';

/** Rows asked for at once; the server's greatest page. */
const PAGE_ROWS = 500;

export type ListOptions = { readonly filter?: string; readonly sort?: string; readonly limit?: number };
export type PageQuery = { limit: number; cursor?: string; filter?: string; sort?: string };

/** The options of every list. */
export function listOptions(command: Command): Command {
  return command
    .option(
      '--filter <rsql>',
      'only what matches, for instance \'name==gw-*;type==board-a\' (see "updraft help filters")',
    )
    .option('--sort <field>', 'order by one field; "-" before it reverses')
    .option('--limit <n>', 'at most so many rows; without it, all', countOption);
}

/** Every page of a list, up to `limit` rows. */
export async function* pages<T>(
  fetchPage: (query: PageQuery) => Promise<Page<T>>,
  options: ListOptions = {},
): AsyncGenerator<Page<T>> {
  let left = options.limit ?? Number.POSITIVE_INFINITY;
  let cursor: string | null = null;
  do {
    const page: Page<T> = await fetchPage({
      limit: Math.min(PAGE_ROWS, left),
      ...(cursor === null ? {} : { cursor }),
      ...(options.filter === undefined ? {} : { filter: options.filter }),
      ...(options.sort === undefined ? {} : { sort: options.sort }),
    });
    left -= page.items.length;
    cursor = page.next;
    yield { ...page, isFiltered: options.filter !== undefined };
  } while (cursor !== null && left > 0);
}

/** Every row of a list that is known to be short. */
export async function allRows<T>(
  fetchPage: (query: PageQuery) => Promise<Page<T>>,
  options: ListOptions = {},
): Promise<T[]> {
  const rows: T[] = [];
  for await (const page of pages(fetchPage, options)) rows.push(...page.items);
  return rows;
}
