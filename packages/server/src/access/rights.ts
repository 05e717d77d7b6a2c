import { RIGHTS, type Right } from '@updraft/core';
import type { Scope } from './scope.ts';

/** Whether whoever acts may do what not everybody may. */
export function mayDo(scope: Scope, right: Right): boolean {
  return scope.rights?.includes(right) === true;
}

/** Nobody gives a right away that he does not have. */
export function mayGrant(scope: Scope, rights: readonly Right[]): boolean {
  return rights.every((right) => mayDo(scope, right));
}

/** The rights that a row holds. */
export function rightsOf(words: string): readonly Right[] {
  const held = words.split(',');
  return RIGHTS.filter((right) => held.includes(right));
}
