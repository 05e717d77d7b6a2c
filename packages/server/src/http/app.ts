import { randomBytes } from 'node:crypto';
import { API_PREFIX, type ApiRouteName } from '@updraft/protocols';
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { authenticateWith } from '../access/authenticate.ts';
import type { Authenticator } from '../access/authenticator.ts';
import { DOCS_PATH } from './docs/mount-docs.ts';
import { takeJsonBodies } from './json-body.ts';
import { watchMethods } from './methods.ts';
import { type Handlers, type MountOptions, mountRoutes } from './mount.ts';
import { sendProblem, sendThrown } from './problems.ts';
import { serverFactory, type Shortcut, type TlsMaterial } from './server-factory.ts';

/** A device's name may have 256 characters, each up to 12 in a path. */
const PATH_PARAMETER_MAX_CHARACTERS = 3072;

/** Mounts something by hand. What it registers stays inside its own instance: parsers, hooks, error shapes. */
export type Mount = (instance: FastifyInstance) => void | Promise<void>;

export type AppParts = {
  readonly log: FastifyBaseLogger;
  readonly tls: TlsMaterial | null;
  readonly trustedProxies: readonly string[];
  readonly authenticator: Authenticator;
  /** JSON operations of `/api/v1`. */
  readonly handlers: Partial<Handlers<ApiRouteName>>;
  /** Operations of `/api/v1` whose bodies are bytes or streams: behind the same authentication, with full paths. */
  readonly apiMounts: readonly Mount[];
  /** One a device protocol, each with its own authentication and errors. */
  readonly doors: readonly Mount[];
  /** What doors answer past the framework. */
  readonly shortcuts: readonly Shortcut[];
  /** What asks no credential: health, metrics, the document and its page. */
  readonly openMounts: readonly Mount[];
  /** Sees every request of the whole app. */
  readonly watch?: (app: FastifyInstance) => void;
} & MountOptions;

/** The HTTP side of the server, ready to listen. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: parts.log,
    // A fleet polls by the thousand: only what went wrong is worth a line.
    logController: new LogController({ disableRequestLogging: true }),
    serverFactory: serverFactory(parts.tls, parts.shortcuts),
    trustProxy: parts.trustedProxies.length === 0 ? false : [...parts.trustedProxies],
    genReqId: requestIds(),
    requestIdHeader: false,
    // While it stops, what still comes in over open connections is served: an artifact's 503 would be installed.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => void sendThrown(error, request, reply),
    forceCloseConnections: 'idle',
    // Schemas are zod's, on the route table: without these two Fastify loads compilers of JSON Schema that nobody uses.
    schemaController: { compilersFactory: { buildValidator: refuseSchemas, buildSerializer: refuseSchemas } },
    routerOptions: {
      ignoreDuplicateSlashes: true,
      ignoreTrailingSlash: true,
      maxParamLength: PATH_PARAMETER_MAX_CHARACTERS,
    },
  });
  app.decorateRequest('scope', null);
  parts.watch?.(app);
  app.setErrorHandler(sendThrown);
  app.setNotFoundHandler((request, reply) =>
    sendProblem(reply, { problem: 'route-unknown', detail: `There is nothing at ${request.url.slice(0, 200)}.` }),
  );
  for (const door of parts.doors) await app.register(async (instance) => door(instance));
  for (const mount of parts.openMounts) await app.register(async (instance) => mountOpen(instance, mount));
  await app.register(async (instance) => mountApi(instance, parts));
  return app;
}

function refuseSchemas(): never {
  throw new Error('a route has a JSON schema; declare it in the route table instead');
}

async function mountOpen(instance: FastifyInstance, mount: Mount) {
  instance.addHook('onRequest', async (_request, reply) => void reply.headers(SECURITY_HEADERS));
  const refuseOtherMethods = watchMethods(instance);
  await mount(instance);
  refuseOtherMethods();
}

async function mountApi(instance: FastifyInstance, parts: AppParts) {
  instance.addHook('onRequest', async (request, reply) => {
    void reply.headers(SECURITY_HEADERS).header('x-request-id', request.id);
  });
  const refuseOtherMethods = watchMethods(instance);
  const authenticate = authenticateWith(parts.authenticator);
  for (const mount of parts.apiMounts) {
    await instance.register(async (api) => {
      api.addHook('onRequest', authenticate);
      await mount(api);
    });
  }
  // After what is mounted by hand: a HEAD of its own stands before the one that Fastify derives from a GET.
  await instance.register(async (api) => {
    api.addHook('onRequest', authenticate);
    takeJsonBodies(api);
    mountRoutes(api, parts.handlers, parts);
  });
  refuseOtherMethods();
  instance.get(API_PREFIX, async (_request, reply) => reply.redirect(DOCS_PATH));
}

/** No CORS header is ever sent: other sites' pages have no business here. */
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
} as const;

function requestIds(): () => string {
  const process = randomBytes(4).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${process}-${count.toString(36)}`;
  };
}
