import type { z } from 'zod';
import {
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { ListQuery } from './list.ts';
import type { ProblemCode } from './problem.ts';
import { problemResponses } from './problem-responses.ts';
import { API_PREFIX, type Route } from './route.ts';
import { apiRoutes } from './routes.ts';
import { byteRoutes } from './software.ts';
import { streamOperations } from './stream-operations.ts';

export type ApiDocument = ReturnType<typeof createDocument>;

/**
 * The OpenAPI 3.1 document of `/api/v1`, made from the tables that the server mounts. Building it takes some tens of
 * milliseconds: build it once, when somebody asks.
 */
export function createApiDocument(version: string): ApiDocument {
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Updraft',
        version,
        description: INTRODUCTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: API_PREFIX }],
      security: [{ password: [] }, { token: [] }],
      tags: tagsOf(),
      paths: pathsOf(),
      components: {
        securitySchemes: {
          password: { type: 'http', scheme: 'basic', description: 'A user’s name and password' },
          token: { type: 'http', scheme: 'bearer', description: 'An API token' },
        },
      },
    },
    { override: ({ jsonSchema }) => dropSafeBounds(jsonSchema) },
  );
}

const INTRODUCTION = `Devices, releases and rollouts of one tenant: that of the credential.

**Lists** take \`limit\`, \`cursor\`, \`sort\` and \`filter\` (RSQL) and answer a page whose \`next\` is the cursor of the page after it.

**Errors** are \`application/problem+json\` with a stable \`code\` and a \`detail\` that says what to do next.

**Changes** honour \`If-Match\` with the \`ETag\` that a read answered: a stale one is refused with \`precondition-failed\`.

**Creations** take an \`Idempotency-Key\`, kept for 24 hours: the same request with the same key is answered as before, with the header \`Idempotency-Replayed: true\`, and creates nothing more.`;

function tagsOf() {
  const routes: readonly Route[] = [...Object.values(apiRoutes), ...Object.values(byteRoutes)];
  return [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name }));
}

function pathsOf(): ZodOpenApiPathsObject {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  const add = (path: string, method: string, operation: ZodOpenApiOperationObject) => {
    paths[path] = { ...paths[path], [method]: operation };
  };
  for (const [name, route] of Object.entries<Route>(apiRoutes)) {
    add(route.path, route.method.toLowerCase(), jsonOperation(name, route));
  }
  for (const [name, route] of Object.entries<Route>(byteRoutes)) {
    add(route.path, route.method.toLowerCase(), bytesOperation(name, route));
  }
  for (const { path, method, operation } of streamOperations()) add(path, method, operation);
  return paths;
}

function jsonOperation(name: string, route: Route): ZodOpenApiOperationObject {
  return {
    ...describe(name, route),
    ...(route.body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: route.body } } } }),
    responses: {
      [`${route.success.status}`]: success(route, jsonContent(route.success.body)),
      ...problemResponses(codesOf(route)),
    },
  };
}

function bytesOperation(name: string, route: Route): ZodOpenApiOperationObject {
  const bytes = { 'application/octet-stream': {} };
  const isUpload = route.method === 'POST';
  return {
    ...describe(name, route),
    ...(isUpload ? { requestBody: { required: true, content: bytes } } : {}),
    responses: {
      [`${route.success.status}`]: success(route, isUpload ? jsonContent(route.success.body) : { content: bytes }),
      ...(isUpload ? {} : PARTIAL_CONTENT),
      ...problemResponses(codesOf(route)),
    },
  };
}

const PARTIAL_CONTENT: ZodOpenApiResponsesObject = {
  '206': { description: 'The ranges that were asked for', content: { 'application/octet-stream': {} } },
  '304': { description: 'The client has it already' },
  '416': { description: 'No range that was asked for is in the artifact' },
};

function describe(name: string, route: Route) {
  const header = headerParameters(route);
  return {
    operationId: name,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(route.open ? { security: [] } : {}),
    requestParams: {
      ...(route.params === undefined ? {} : { path: route.params }),
      ...(route.query === undefined ? {} : { query: route.query }),
    },
    ...(header.length === 0 ? {} : { parameters: header }),
  };
}

function headerParameters(route: Route): oas31.ParameterObject[] {
  const of = (name: string, description: string): oas31.ParameterObject => ({
    in: 'header',
    name,
    description,
    schema: { type: 'string' },
  });
  return [
    ...(route.creates ? [of('Idempotency-Key', 'A word of your own that is new for each creation')] : []),
    ...(route.changes
      ? [of('If-Match', 'The ETag that you have seen; without it the change is made in any case')]
      : []),
  ];
}

function success(route: Route, content: { readonly content?: object }) {
  const headers: Record<string, oas31.HeaderObject> = {
    ...(route.versioned ? { ETag: { description: 'The revision', schema: { type: 'string' } } } : {}),
    ...(route.creates
      ? { 'Idempotency-Replayed': { description: '`true`: answered as before', schema: { type: 'string' } } }
      : {}),
  };
  return { description: route.summary, headers, ...content };
}

function jsonContent(body: z.ZodType | undefined) {
  return body === undefined ? {} : { content: { 'application/json': { schema: body } } };
}

/** What an operation may refuse with: its own codes, and those that its kind brings with it. */
export function codesOf(route: Route): readonly ProblemCode[] {
  return [
    ...new Set<ProblemCode>([
      ...route.errors,
      ...(route.open ? [] : (['not-authenticated', 'limit-reached'] as const)),
      ...(route.params === undefined ? [] : (['not-found'] as const)),
      ...(route.query === undefined ? [] : (['query-invalid'] as const)),
      ...(route.query === ListQuery ? (['filter-invalid', 'sort-invalid', 'cursor-invalid'] as const) : []),
      ...(route.body === undefined ? [] : (['body-invalid', 'body-too-large', 'media-type-unsupported'] as const)),
      ...(route.changes ? (['header-invalid', 'precondition-failed'] as const) : []),
      ...(route.creates ? (['header-invalid', 'idempotency-key-reused', 'idempotency-in-progress'] as const) : []),
      ...(route.method === 'GET' ? [] : (['storage-full'] as const)),
      'internal-error',
    ]),
  ];
}

/** Every whole number is one that JavaScript holds exactly: saying so at each would bury the bounds that mean something. */
function dropSafeBounds(schema: { minimum?: number | undefined; maximum?: number | undefined }) {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}
