import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { MANAGEMENT_ERROR_KEYS, ManagementError, type ManagementErrorKey, managementErrorStatus } from './errors.ts';
import { MANAGEMENT_PREFIX, type ManagementRoute } from './route.ts';
import { managementRoutes } from './routes.ts';

const HAL = 'application/hal+json';
const JSON_TYPE = 'application/json';

/** The OpenAPI document of `/rest/v1`, made from the table that the server mounts: build it once, when somebody asks. */
export function createManagementDocument(version: string): ReturnType<typeof createDocument> {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const [name, route] of Object.entries<ManagementRoute>(managementRoutes)) {
    const path = MANAGEMENT_PREFIX + route.path;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route) };
  }
  const routes: readonly ManagementRoute[] = Object.values(managementRoutes);
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'Updraft: hawkBit’s Management API', version },
    servers: [{ url: '/' }],
    security: [{ basicAuth: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: { securitySchemes: { basicAuth: { type: 'http', scheme: 'basic' } } },
  });
}

function operationOf(name: string, route: ManagementRoute): ZodOpenApiOperationObject {
  const { params, query, body, success } = route;
  const answer = success.body === undefined ? {} : { content: { [HAL]: { schema: success.body } } };
  return {
    operationId: name,
    tags: [route.tag],
    summary: route.summary,
    requestParams: { ...(params === undefined ? {} : { path: params }), ...(query === undefined ? {} : { query }) },
    ...(body === undefined
      ? {}
      : { requestBody: { required: route.bodyIsOptional !== true, content: contentOf(body, route) } }),
    responses: {
      [`${success.status}`]: { description: route.summary, ...(route.bytes === 'download' ? BYTES : answer) },
      ...(success.orEmpty ? { '204': { description: 'There is nothing' } } : {}),
      ...errorsOf(route),
    },
  };
}

const BYTES = { content: { 'application/octet-stream': {} } };

function contentOf(schema: NonNullable<ManagementRoute['body']>, { bytes }: ManagementRoute) {
  if (bytes === 'upload') return { 'multipart/form-data': { schema } };
  return { [JSON_TYPE]: { schema }, [HAL]: { schema } };
}

function errorsOf(route: ManagementRoute): ZodOpenApiResponsesObject {
  const keys = MANAGEMENT_ERROR_KEYS.filter((key) => keysOf(route).has(key));
  const byStatus = Map.groupBy(keys, managementErrorStatus);
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [
      `${status}`,
      {
        description: those.map((key) => `\`${key}\``).join(', '),
        content: { [JSON_TYPE]: { schema: ManagementError } },
      },
    ]),
  );
}

/** Its own errors, and those that its kind brings with it. */
function keysOf(route: ManagementRoute): ReadonlySet<ManagementErrorKey> {
  return new Set<ManagementErrorKey>([
    ...route.errors,
    'notAuthenticated',
    'rest.notAcceptable',
    'tooManyRequests',
    ...(route.right === undefined ? [] : (['insufficientPermission'] as const)),
    ...(route.params === undefined ? [] : (['repo.entityNotFound', 'repo.constraintViolation'] as const)),
    ...(route.query === undefined ? [] : (['repo.constraintViolation'] as const)),
    ...(route.query !== undefined && 'sort' in route.query.shape ? SORT_ERRORS : []),
    ...(route.query !== undefined && 'q' in route.query.shape ? FILTER_ERRORS : []),
    ...(route.body === undefined ? [] : BODY_ERRORS),
  ]);
}

const SORT_ERRORS = ['rest.param.sortParamSyntax', 'rest.param.invalidField', 'rest.param.invalidDirection'] as const;
const FILTER_ERRORS = ['rest.param.rsqlInvalidField', 'rest.param.rsqlParamSyntax'] as const;
const BODY_ERRORS = [
  'rest.body.notReadable',
  'repo.constraintViolation',
  'rest.bodyTooLarge',
  'rest.mediaTypeNotSupported',
] as const;
