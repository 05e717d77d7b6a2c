import { z } from 'zod';
import { DeviceName } from './device-name.ts';

/** What is impossible, or may surprise, of a rollout or a direct assignment. */
export const DraftProblem = z
  .object({
    code: z.string(),
    path: z.string().describe('The part of the draft, such as `policy.windows.zone`'),
    severity: z.enum(['refused', 'warned']).describe('`refused`: it cannot be made so'),
    detail: z.string().describe('What is wrong, and what to change'),
  })
  .meta({ id: 'DraftProblem' });

/** Devices that are left out or have to wait, by the reason. */
export const SetAside = z.object({
  reason: z
    .string()
    .describe(
      '`decommissioned`, `identity-rejected`, `incompatible`, `too-many-assignments`; `already-installed`, `already-assigned`, `required-step`, `identity-pending`, `penalty-box`, `lower-weight`, `never-in-contact`',
    ),
  count: z.number().int(),
  examples: z.array(DeviceName),
});
