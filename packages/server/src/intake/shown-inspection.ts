import type { BundleReport } from '@updraft/bundles';

/** What the row of an artifact keeps as its `inspection`. */
export type StoredInspection = {
  /** What `bundle inspect --json` prints of the same file, and what it is. */
  readonly shown: { readonly kind: 'swu' | 'other' } & Record<string, unknown>;
  /** What judging the bundle again needs; null where it is none. */
  readonly report: StoredReport | null;
};

/** A report with its bytes in base64. */
export type StoredReport = Omit<BundleReport, 'description' | 'signature'> & {
  readonly description: string | null;
  readonly signature: string | null;
};

export function shownInspection(inspection: string): StoredInspection['shown'] {
  return (JSON.parse(inspection) as StoredInspection).shown;
}
