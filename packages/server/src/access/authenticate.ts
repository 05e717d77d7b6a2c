import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from '../http/problems.ts';
import type { Authenticator } from './authenticator.ts';

const CHALLENGE = 'Basic realm="Updraft", charset="UTF-8", Bearer realm="Updraft"';

/** An onRequest hook: nothing of a request's body is read before it is known whose it is. */
export function authenticateWith(authenticator: Authenticator) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const verdict = await authenticator({ authorization: request.headers.authorization, address: request.ip });
    switch (verdict.outcome) {
      case 'authenticated':
        request.scope = verdict.scope;
        return undefined;
      case 'throttled':
        return sendProblem(reply.header('retry-after', verdict.retryAfterSeconds), {
          problem: 'limit-reached',
          detail: `Too many wrong passwords came from this address; try again in ${verdict.retryAfterSeconds} s.`,
        });
      case 'unknown':
        return sendProblem(reply.header('www-authenticate', CHALLENGE), {
          problem: 'not-authenticated',
          detail: 'Send a user name and password (Basic), or an API token (Bearer).',
        });
    }
  };
}
