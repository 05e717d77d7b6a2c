/**
 * What not everybody who acts in a tenant may do. `emergency`: release an update that ignores windows and blackouts;
 * `read-tokens`: read the tokens of devices, where they are kept readable; `approve`: approve a rollout whose policy asks
 * for this right, one's own too.
 */
export const RIGHTS = ['emergency', 'read-tokens', 'approve'] as const;
export type Right = (typeof RIGHTS)[number];
