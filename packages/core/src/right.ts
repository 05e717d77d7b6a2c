/**
 * What not everybody who acts in a tenant may do. `emergency`: release an update that ignores windows and blackouts;
 * `read-tokens`: read the tokens of devices, where they are kept readable.
 */
export const RIGHTS = ['emergency', 'read-tokens'] as const;
export type Right = (typeof RIGHTS)[number];
