import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './problems.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/** Answers 405; `Allow` is set. */
export type RefuseMethod = (request: FastifyRequest, reply: FastifyReply, allow: string) => FastifyReply;

/**
 * Watches what is mounted on this instance from now on. The function that it gives mounts, at each address, an answer
 * 405 with Allow to all other methods (RFC 9110 15.5.6); call it when everything else is mounted.
 */
export function watchMethods(app: FastifyInstance, refuse: RefuseMethod = tellProblem): () => void {
  const mounted = new Map<string, Set<string>>();
  let watching = true;
  app.addHook('onRoute', ({ url, method }) => {
    if (!watching) return;
    const methods = mounted.get(url) ?? new Set();
    for (const one of [method].flat()) methods.add(one);
    mounted.set(url, methods);
  });
  return () => {
    watching = false;
    for (const [url, methods] of mounted) refuseOthers(app, { url, allowed: methods, refuse });
  };
}

function tellProblem(request: FastifyRequest, reply: FastifyReply, allow: string): FastifyReply {
  return sendProblem(reply, {
    problem: 'method-not-allowed',
    detail: `${request.method} does nothing here; this address takes ${allow}.`,
  });
}

type Address = { readonly url: string; readonly allowed: ReadonlySet<string>; readonly refuse: RefuseMethod };

function refuseOthers(app: FastifyInstance, { url, allowed, refuse }: Address) {
  const allow = METHODS.filter((method) => allowed.has(method)).join(', ');
  const others = METHODS.filter((method) => !allowed.has(method));
  if (others.length === 0) return;
  app.route({
    method: others,
    url,
    exposeHeadRoute: false,
    // Answered before authentication and before any body is read.
    onRequest: async (request, reply) => refuse(request, reply.header('allow', allow), allow),
    handler: () => undefined,
  });
}
