import type { RolloutProblem } from '@updraft/core';
import type { Refusal } from '../http/problems.ts';

/** A draft that cannot be meant: the first problem in words and as `reason`, each with its place. */
export function impossibleRefusal(problems: readonly RolloutProblem[]): Refusal {
  const refused = problems.filter(({ severity }) => severity === 'refused');
  const [first] = refused;
  if (first === undefined) throw new Error('a draft is refused without a problem');
  return {
    problem: 'rollout-impossible',
    detail: first.message,
    reason: first.code,
    errors: refused.map(({ path, code, message }) => ({ path, message: `${code}: ${message}` })),
  };
}
