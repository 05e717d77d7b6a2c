/** What not everybody who acts in a tenant may do. `emergency`: release an update that ignores windows and blackouts. */
export const RIGHTS = ['emergency'] as const;
export type Right = (typeof RIGHTS)[number];
