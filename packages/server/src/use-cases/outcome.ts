import type { ProblemCode } from '@updraft/protocols';

/** An expected refusal of a command: it changed nothing. */
export type Refused<C extends ProblemCode> = { readonly outcome: 'refused'; readonly code: C };

export function refused<C extends ProblemCode>(code: C): Refused<C> {
  return { outcome: 'refused', code };
}

/** Somebody has locked it, or it is published. */
export const LOCKED = { outcome: 'refused', code: 'locked' } as const;
