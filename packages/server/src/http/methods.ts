import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problems.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

/**
 * Watches what is mounted on this instance from now on. The function that it gives mounts, at each address, an answer
 * 405 with Allow to all other methods (RFC 9110 15.5.6); call it when everything else is mounted.
 */
export function watchMethods(app: FastifyInstance): () => void {
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
    for (const [url, methods] of mounted) refuseOthers(app, url, methods);
  };
}

function refuseOthers(app: FastifyInstance, url: string, allowed: ReadonlySet<string>) {
  const allow = METHODS.filter((method) => allowed.has(method)).join(', ');
  const others = METHODS.filter((method) => !allowed.has(method));
  if (others.length === 0) return;
  app.route({
    method: others,
    url,
    exposeHeadRoute: false,
    // Answered before authentication and before any body is read.
    onRequest: async (request, reply) =>
      sendProblem(reply.header('allow', allow), {
        problem: 'method-not-allowed',
        detail: `${request.method} does nothing here; this address takes ${allow}.`,
      }),
    handler: () => undefined,
  });
}
