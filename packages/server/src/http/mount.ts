import {
  API_PREFIX,
  apiRoutes,
  type ApiRouteName,
  type ApiRoutes,
  type Route,
  type RouteAnswer,
} from '@updraft/protocols';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Scope } from '../access/scope.ts';
import type { Once } from '../use-cases/once.ts';
import { etagOf, parseIfMatch } from './etag.ts';
import {
  createRunningKeys,
  type Fingerprint,
  KEY_RUNNING,
  parseIdempotencyKey,
  REPLAYED_HEADER,
  type RunningKeys,
} from './idempotency.ts';
import { parseRequest } from './parse-request.ts';
import { type Refusal, sendProblem } from './problems.ts';
import { originOf } from './request-origin.ts';
import { scopeOf } from './request-scope.ts';

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

/** What a handler gets: parsed, authorised, and apart from HTTP. */
export type HandlerRequest<R extends Route> = {
  readonly scope: Scope;
  readonly params: Parsed<R['params']>;
  readonly query: Parsed<R['query']>;
  readonly body: Parsed<R['body']>;
  /** The revision that If-Match names. Hand it to the command, which compares it where it commits. */
  readonly ifMatch: number | null;
  /** Idempotency-Key, for the command of a creation (use-cases/once.ts). */
  readonly once: Once | null;
  /** `https://updraft.example:8443`: where the client found us; links begin with it. */
  readonly origin: string;
  readonly log: FastifyBaseLogger;
};

type Ok<R extends Route> = {
  readonly ok: RouteAnswer<R>;
  /** Relative to the API: `/devices/gw-1`. */
  readonly location?: string;
  /** The answer was stored by an earlier request with the same Idempotency-Key. */
  readonly replayed?: boolean | undefined;
};

export type Answer<R extends Route> = Ok<R> | Refusal;
export type Handler<R extends Route> = (request: HandlerRequest<R>) => Promise<Answer<R>>;
export type Handlers<N extends ApiRouteName> = { readonly [K in N]: Handler<ApiRoutes[K]> };

export type MountOptions = {
  /** Set: links begin with it, whatever the request says. */
  readonly publicUrl: string | null;
  /** Answers are checked against the route's schema: for tests; production serialises them as they are. */
  readonly checkAnswers: boolean;
  /** Of requests with an Idempotency-Key. */
  readonly fingerprint: Fingerprint;
};

type Mounting = MountOptions & { readonly runningKeys: RunningKeys };

/** Mounts the JSON operations of `/api/v1` that have a handler. Authentication hangs before it (access/authenticate.ts). */
export function mountRoutes(app: FastifyInstance, handlers: Partial<Handlers<ApiRouteName>>, options: MountOptions) {
  const mounting: Mounting = { ...options, runningKeys: createRunningKeys() };
  for (const name of Object.keys(handlers) as ApiRouteName[]) {
    const route: Route = apiRoutes[name];
    const handler = handlers[name] as Handler<Route> | undefined;
    if (handler === undefined) continue;
    app.route({
      method: route.method,
      url: API_PREFIX + route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      handler: (request, reply) => serve({ name, route, handler, mounting }, request, reply),
    });
  }
}

type Mounted = {
  readonly name: ApiRouteName;
  readonly route: Route;
  readonly handler: Handler<Route>;
  readonly mounting: Mounting;
};

async function serve(mounted: Mounted, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { route, handler, mounting } = mounted;
  const scope = scopeOf(request);
  const parsed = parseRequest(route, request);
  if ('problem' in parsed) return sendProblem(reply, parsed);
  const ifMatch = route.changes ? parseIfMatch(request.headers['if-match']) : { revision: null };
  if ('problem' in ifMatch) return sendProblem(reply, ifMatch);
  const once = route.creates
    ? parseIdempotencyKey(request.headers['idempotency-key'], {
        method: request.method,
        path: request.url,
        body: request.body,
      })
    : null;
  if (once !== null && 'problem' in once) return sendProblem(reply, once);
  const leave = once === null ? null : mounting.runningKeys.enter(scope, once.key);
  if (once !== null && leave === null) return sendProblem(reply, KEY_RUNNING);
  try {
    const origin = originOf(request, mounting.publicUrl);
    const answer = await handler({ ...parsed, scope, ifMatch: ifMatch.revision, once, origin, log: request.log });
    return 'problem' in answer ? sendProblem(reply, answer) : sendAnswer(mounted, reply, answer);
  } finally {
    leave?.();
  }
}

function sendAnswer({ name, route, mounting }: Mounted, reply: FastifyReply, answer: Ok<Route>): FastifyReply {
  const { body } = route.success;
  if (mounting.checkAnswers && body !== undefined) checkAnswer(name, body, answer.ok);
  if (answer.location !== undefined) void reply.header('location', API_PREFIX + answer.location);
  if (answer.replayed) void reply.header(REPLAYED_HEADER, 'true');
  if (route.versioned) void reply.header('etag', etagOf((answer.ok as unknown as { revision: number }).revision));
  void reply.code(route.success.status).header('cache-control', 'no-store');
  return body === undefined ? reply.send() : reply.type('application/json').send(JSON.stringify(answer.ok));
}

function checkAnswer(name: ApiRouteName, schema: z.ZodType, answer: unknown) {
  const checked = schema.safeParse(answer);
  if (!checked.success) throw new Error(`the answer of ${name} departs from its schema: ${checked.error.message}`);
}
