import type { SOFT_DELETED_MODES } from '@updraft/protocols/hawkbit-management';
import type { DeletedShown } from '@updraft/store';

const SHOWN = {
  EXCLUDE_SOFT_DELETED: 'without',
  ONLY_SOFT_DELETED: 'only',
  INCLUDE_SOFT_DELETED: 'with',
} as const satisfies Readonly<Record<(typeof SOFT_DELETED_MODES)[number], DeletedShown>>;

/** What a list shows of what is kept for history only. */
export function deletedShown(query: { readonly soft_deleted_mode: keyof typeof SHOWN }): DeletedShown {
  return SHOWN[query.soft_deleted_mode];
}
