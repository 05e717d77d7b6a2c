/** What a published release fixes: its sha256 over the canonical JSON is the release's identity wherever it is shown. */
export type Manifest = {
  readonly name: string;
  readonly version: string;
  /** Greater than that of every release published before for any of its device types. */
  readonly counter: number;
  readonly components: readonly {
    readonly name: string;
    readonly version: string;
    readonly kind: string;
    readonly artifacts: readonly { readonly filename: string; readonly sha256: string; readonly length: number }[];
  }[];
  readonly deviceTypes: readonly string[];
};

/** Canonical JSON (RFC 8785 for what a manifest holds: strings, safe integers, arrays, objects with sorted keys). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`);
  return JSON.stringify(value);
}
