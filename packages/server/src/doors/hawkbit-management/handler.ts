import type {
  ManagementAnswer,
  ManagementErrorKey,
  ManagementRoute,
  ManagementRouteName,
  ManagementRoutes,
} from '@updraft/protocols/hawkbit-management';
import type { Store } from '@updraft/store';
import type { FastifyBaseLogger } from 'fastify';
import type { z } from 'zod';
import type { Scope } from '../../access/scope.ts';
import type { Sealer } from '../../access/sealer.ts';
import type { Quotas } from '../../config/configuration.ts';
import type { Software } from '../../management/software.ts';
import type { Commands } from '../../use-cases/commands.ts';
import type { SoftwareParts } from '../../management/software-parts.ts';
import type { LinkMaker } from './links.ts';

/** What the handlers of this door ask for. */
export type ManagementParts = {
  readonly store: Store<Commands>;
  readonly sealer: Sealer;
  readonly software: SoftwareParts;
  readonly publish: Software['publish'];
  /** Contacts of devices that are still noted in memory are written: who reads a target after its poll finds it there. */
  readonly writeContacts: () => Promise<void>;
  readonly quotas: Quotas;
};

/** Where the short reads of this door go. */
export type Reader = ManagementParts['store']['reader'];

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

/** What a handler gets: parsed, authorised, and apart from HTTP. */
export type ManagementRequest<R extends ManagementRoute> = {
  readonly scope: Scope;
  readonly params: Parsed<R['params']>;
  readonly query: Parsed<R['query']>;
  readonly body: R extends { readonly bodyIsOptional: true } ? Parsed<R['body']> | undefined : Parsed<R['body']>;
  readonly links: LinkMaker;
  readonly log: FastifyBaseLogger;
};

/** An expected refusal. */
export type ManagementRefusal = { readonly error: ManagementErrorKey; readonly message: string };
export type Answer<R extends ManagementRoute> = { readonly ok: ManagementAnswer<R> } | ManagementRefusal;
export type Handler<R extends ManagementRoute> = (request: ManagementRequest<R>) => Promise<Answer<R>>;
export type ManagementHandlers<N extends ManagementRouteName> = { readonly [K in N]: Handler<ManagementRoutes[K]> };

/** What the operations without an answer give. */
export const DONE = { ok: undefined } as const;

/** An entity that is not there, in hawkBit's words for what was looked for. */
export function notFound(entity: string, id: string | number): ManagementRefusal {
  return { error: 'repo.entityNotFound', message: `${entity} with given identifier {${id}} does not exist.` };
}
