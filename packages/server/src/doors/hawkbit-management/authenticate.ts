import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../../access/authenticator.ts';
import { sendRefusal } from './errors.ts';

const CHALLENGE = 'Basic realm="hawkBit"';

/** An onRequest hook: users by name and password, and API tokens; tokens of devices open nothing here. */
export function authenticateManagement(authenticator: Authenticator) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const verdict = await authenticator({ authorization: request.headers.authorization, address: request.ip });
    switch (verdict.outcome) {
      case 'authenticated':
        request.scope = verdict.scope;
        return undefined;
      case 'throttled':
        void reply.header('retry-after', verdict.retryAfterSeconds);
        return sendRefusal(request, reply, {
          error: 'tooManyRequests',
          message: `Too many wrong passwords came from this address; try again in ${verdict.retryAfterSeconds} s.`,
        });
      case 'unknown':
        return sendRefusal(request, reply.header('www-authenticate', CHALLENGE), {
          error: 'notAuthenticated',
          message: 'Send the name and the password of a user (Basic).',
        });
    }
  };
}
