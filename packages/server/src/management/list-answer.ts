import type { ListPage, ListRefusal } from '@updraft/store';
import type { Refusal } from '../http/problems.ts';

type PageView<View> = {
  items: View[];
  total: number;
  totalIsExact: boolean;
  next: string | null;
};

/** A page of rows as every list answers it. */
export async function listAnswer<Row, View>(
  page: ListPage<Row> | ListRefusal,
  viewsOf: (rows: readonly Row[]) => View[] | Promise<View[]>,
): Promise<{ readonly ok: PageView<View> } | Refusal> {
  if (page.outcome === 'refused') return { problem: page.code, detail: page.detail };
  const { rows, total, totalIsExact, next } = page;
  return { ok: { items: await viewsOf(rows), total, totalIsExact, next } };
}
