import {
  MANAGEMENT_DOCS_PATH,
  MANAGEMENT_PREFIX,
  managementRoutes,
  type ManagementRoute,
  type ManagementRouteName,
} from '@updraft/protocols/hawkbit-management';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authenticator } from '../../access/authenticator.ts';
import { mayDo } from '../../access/rights.ts';
import { JSON_BODY_MAX_BYTES } from '../../http/json-body.ts';
import { watchMethods } from '../../http/methods.ts';
import { originOf } from '../../http/request-origin.ts';
import { scopeOf } from '../../http/request-scope.ts';
import { VERSION } from '../../version.ts';
import { authenticateManagement } from './authenticate.ts';
import { sendManagementThrown, sendRefusal } from './errors.ts';
import type { Handler, ManagementHandlers, ManagementParts } from './handler.ts';
import { managementHandlers } from './handlers.ts';
import { linksFrom } from './links.ts';
import { HAL_MEDIA_TYPE, mediaTypeOf } from './media-type.ts';
import { ANSWERS_BYTES, mountArtifactBytes } from './mount-artifact-bytes.ts';
import { parseManagementRequest } from './parse-request.ts';
import { sendAnswer } from './send-answer.ts';

export type ManagementDoor = ManagementParts & {
  readonly authenticator: Authenticator;
  readonly publicUrl: string | null;
  /** Answers are checked against the route's schema: for tests. */
  readonly checkAnswers: boolean;
};

/**
 * hawkBit's Management API, `/rest/v1`, over the use-cases of our own, with its own authentication, media types and error
 * shapes; and its OpenAPI document, which asks no credential.
 */
export async function mountManagement(app: FastifyInstance, door: ManagementDoor): Promise<void> {
  app.setErrorHandler(sendManagementThrown);
  mountDocument(app);
  const before = (instance: FastifyInstance) => {
    instance.addHook('onRequest', authenticateManagement(door.authenticator));
    instance.addHook('onRequest', refuseUnacceptable);
    takeBodies(instance);
  };
  await app.register(async (rest) => {
    before(rest);
    await mountRoutes(rest, door);
  });
  await app.register(
    async (unknown) => {
      before(unknown);
      unknown.setNotFoundHandler(refuseUnknown);
    },
    { prefix: '/rest' },
  );
}

/** Made when first asked for: its libraries would double the time of the start. */
function mountDocument(app: FastifyInstance) {
  let made: Promise<string> | null = null;
  app.get(MANAGEMENT_DOCS_PATH, async (_request, reply) => {
    made ??= import('@updraft/protocols/management-openapi').then(({ createManagementDocument }) =>
      JSON.stringify(createManagementDocument(VERSION)),
    );
    return reply.type('application/json').send(await made);
  });
}

async function mountRoutes(rest: FastifyInstance, door: ManagementDoor): Promise<void> {
  const refuseOtherMethods = watchMethods(rest, refuseMethod);
  await rest.register(async (bytes) => mountArtifactBytes(bytes, door));
  const handlers: Partial<ManagementHandlers<ManagementRouteName>> = managementHandlers(door);
  for (const name of Object.keys(handlers) as ManagementRouteName[]) {
    const route: ManagementRoute = managementRoutes[name];
    const handler = handlers[name] as unknown as Handler<ManagementRoute>;
    rest.route({
      method: route.method,
      url: MANAGEMENT_PREFIX + route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      handler: (request, reply) => serve({ name, route, handler, door }, request, reply),
    });
  }
  refuseOtherMethods();
}

type Mounted = {
  readonly name: ManagementRouteName;
  readonly route: ManagementRoute;
  readonly handler: Handler<ManagementRoute>;
  readonly door: ManagementDoor;
};

async function serve({ name, route, handler, door }: Mounted, request: FastifyRequest, reply: FastifyReply) {
  const scope = scopeOf(request);
  if (route.right !== undefined && !mayDo(scope, route.right))
    return sendRefusal(request, reply, { error: 'insufficientPermission', message: 'Insufficient Permission' });
  const parsed = parseManagementRequest(route, request);
  if ('error' in parsed) return sendRefusal(request, reply, parsed);
  const links = linksFrom(originOf(request, door.publicUrl));
  const answer = await handler({ ...parsed, scope, links, log: request.log });
  if ('error' in answer) return sendRefusal(request, reply, answer);
  if (door.checkAnswers) checkAnswer(name, route, answer.ok);
  return sendAnswer({ request, reply }, route, answer.ok);
}

function checkAnswer(name: ManagementRouteName, { success }: ManagementRoute, answer: unknown) {
  if (success.body === undefined || (answer === undefined && success.orEmpty)) return;
  const checked = success.body.safeParse(answer);
  if (!checked.success) throw new Error(`the answer of ${name} departs from its schema: ${checked.error.message}`);
}

async function refuseUnacceptable(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
  if (ANSWERS_BYTES in request.routeOptions.config || mediaTypeOf(request.headers.accept) !== null) return undefined;
  return sendRefusal(request, reply, { error: 'rest.notAcceptable', message: `Answers are ${HAL_MEDIA_TYPE}.` });
}

function refuseUnknown(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const message = `There is nothing at ${request.url.slice(0, 200)}.`;
  return sendRefusal(request, reply, { error: 'rest.notFound', message });
}

/** As Spring does, OPTIONS is told what an address takes. */
function refuseMethod(request: FastifyRequest, reply: FastifyReply, allow: string): FastifyReply {
  if (request.method === 'OPTIONS') return reply.code(200).header('allow', `${allow}, OPTIONS`).send();
  return sendRefusal(request, reply, {
    error: 'rest.methodNotAllowed',
    message: `Request method '${request.method}' is not supported`,
  });
}

/** JSON under either of its names; an empty body counts as none. */
function takeBodies(rest: FastifyInstance) {
  rest.decorateRequest('bodyText', '');
  const parse = rest.getDefaultJsonParser('error', 'error');
  rest.removeAllContentTypeParsers();
  rest.addContentTypeParser(
    ['application/json', HAL_MEDIA_TYPE],
    { parseAs: 'string', bodyLimit: JSON_BODY_MAX_BYTES },
    (request, text, done) => {
      request.bodyText = text.toString();
      if (text === '') done(null, undefined);
      else void parse(request, request.bodyText, done);
    },
  );
}
