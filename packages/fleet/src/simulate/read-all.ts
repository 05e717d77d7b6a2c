import { MAX_PAGE_SIZE } from '@updraft/protocols';

export type PageQuery = { readonly limit: number; readonly cursor?: string };
type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

/** Every row of a list, page by page. */
export async function* readAll<T>(read: (query: PageQuery) => Promise<Page<T>>): AsyncGenerator<T> {
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: Page<T> = await read({ limit: MAX_PAGE_SIZE, ...(cursor === undefined ? {} : { cursor }) });
    yield* page.items;
    cursor = page.next;
  }
}
