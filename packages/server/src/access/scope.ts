import type { Right } from '@updraft/core';

/**
 * In whose name something is done, and where. Every use-case and query takes it as its first argument; rows of another
 * tenant do not exist for it. Plain data: it crosses to the writer thread with the command.
 */
export type Scope = {
  readonly tenant: number;
  readonly tenantName: string;
  /** The name that events and records show. */
  readonly actor: string;
  readonly kind: 'user' | 'machine' | 'device' | 'server';
  /** Of a machine: the user who made its token. */
  readonly maker?: string;
  /** Left out: none. */
  readonly rights?: readonly Right[];
};

/** Who does something, and the user who answers for it: himself, or the maker of the token that acts. */
export function authorOf({ actor, maker = actor }: Scope): { readonly actor: string; readonly maker: string } {
  return { actor, maker };
}
