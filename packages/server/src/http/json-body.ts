import type { FastifyInstance } from 'fastify';

/** Bytes of a JSON body: a direct assignment to the greatest number of devices fits. */
export const JSON_BODY_MAX_BYTES = 2 * 1024 * 1024;

/**
 * Takes JSON and nothing else as a body. An empty body counts as none, because many clients send the content type
 * without one. `__proto__` is refused.
 */
export function takeJsonBodies(app: FastifyInstance) {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'string', bodyLimit: JSON_BODY_MAX_BYTES },
    (request, text, done) => {
      if (text === '') done(null, undefined);
      else void parse(request, text.toString(), done);
    },
  );
}
