import type { ZodOpenApiResponsesObject } from 'zod-openapi';
import { Problem, PROBLEM_STATUS, type ProblemCode } from './problem.ts';

/** One response a status, whose description lists the codes that it may carry. */
export function problemResponses(codes: readonly ProblemCode[]): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(codes, (code) => PROBLEM_STATUS[code]);
  return Object.fromEntries(
    [...byStatus]
      .toSorted(([a], [b]) => a - b)
      .map(([status, those]) => [
        `${status}`,
        {
          description: those.map((code) => `\`${code}\``).join(', '),
          content: { 'application/problem+json': { schema: Problem } },
        },
      ]),
  );
}
