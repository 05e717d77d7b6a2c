import { z } from 'zod';

/** Every code our own API answers, with its HTTP status. The status of a code never changes (frozen wire names). */
export const PROBLEM_STATUS = {
  'body-invalid': 400,
  'query-invalid': 400,
  'filter-invalid': 400,
  'sort-invalid': 400,
  'cursor-invalid': 400,
  'header-invalid': 400,
  'not-authenticated': 401,
  'not-permitted': 403,
  'self-approval': 403,
  'approval-needs-person': 403,
  'not-found': 404,
  'route-unknown': 404,
  'method-not-allowed': 405,
  'name-taken': 409,
  'change-not-possible': 409,
  'release-not-draft': 409,
  'release-not-published': 409,
  'release-empty': 409,
  'release-in-use': 409,
  'component-in-use': 409,
  'artifact-in-use': 409,
  'device-has-open-assignment': 409,
  'device-type-in-use': 409,
  'device-decommissioned': 409,
  'device-not-set-aside': 409,
  'tenant-in-use': 409,
  'tag-in-use': 409,
  'group-in-use': 409,
  'rollout-state': 409,
  'none-failed': 409,
  'phase-state': 409,
  'assignment-ended': 409,
  'cancel-not-possible': 409,
  'consent-not-awaited': 409,
  'last-user': 409,
  'idempotency-in-progress': 409,
  'upload-offset': 409,
  'upload-gone': 410,
  'events-gone': 410,
  'precondition-failed': 412,
  'body-too-large': 413,
  'artifact-too-large': 413,
  'media-type-unsupported': 415,
  'idempotency-key-reused': 422,
  'checksum-mismatch': 422,
  'certificate-invalid': 422,
  'bundle-malformed': 422,
  'bundle-unsigned': 422,
  'bundle-signer-unknown': 422,
  'bundle-signature-wrong': 422,
  'bundle-content-mismatch': 422,
  'device-incompatible': 422,
  'phases-invalid': 422,
  'rollout-impossible': 422,
  'limit-reached': 429,
  'internal-error': 500,
  'not-ready': 503,
  'storage-full': 507,
} as const satisfies Record<string, number>;

export type ProblemCode = keyof typeof PROBLEM_STATUS;
export const PROBLEM_CODES = Object.keys(PROBLEM_STATUS) as [ProblemCode, ...ProblemCode[]];

/** RFC 9457 problem details with a stable `code`; `detail` says what to do next. */
export const Problem = z
  .object({
    type: z.string().describe('`about:blank`'),
    title: z.string().describe('The HTTP status in words'),
    status: z.number().int(),
    code: z.enum(PROBLEM_CODES),
    detail: z.string().describe('What is wrong with this request, and what to do next'),
    reason: z.string().optional().describe('A finer code where there is one, such as the verdict on a bundle'),
    oldestPosition: z.number().int().optional().describe('With `events-gone`: the oldest event that is kept'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('Each wrong field of the body or the query'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof Problem>;
