import type { oas31, ZodOpenApiOperationObject } from 'zod-openapi';
import { UidParams } from './list.ts';
import type { ProblemCode } from './problem.ts';
import { problemResponses } from './problem-responses.ts';
import { REPORT_FILE_TYPES, reportFileRoute, ReportLine } from './report-file.ts';

type StreamOperation = {
  readonly path: string;
  readonly method: 'get' | 'post' | 'head' | 'patch' | 'delete' | 'options';
  readonly operation: ZodOpenApiOperationObject;
};

/** What is no request and answer of JSON or bytes: the stream of events, files made while they are sent, and tus 1.0. Mounted by hand. */
export function streamOperations(): readonly StreamOperation[] {
  return [
    { path: '/events/stream', method: 'get', operation: EVENT_STREAM },
    { path: reportFileRoute.path, method: 'get', operation: reportFile() },
    { path: '/uploads', method: 'options', operation: tus({ summary: 'What is spoken of tus', status: 204 }) },
    { path: '/uploads', method: 'post', operation: tus(CREATE) },
    {
      path: '/uploads/{id}',
      method: 'head',
      operation: tus({ summary: 'How many bytes are safe', status: 200, isOne: true }),
    },
    { path: '/uploads/{id}', method: 'patch', operation: tus(APPEND) },
    {
      path: '/uploads/{id}',
      method: 'delete',
      operation: tus({ summary: 'Give an upload up', status: 204, isOne: true }),
    },
  ];
}

const EVENT_STREAM: ZodOpenApiOperationObject = {
  operationId: 'events.stream',
  tags: ['events'],
  summary: 'Events as they come (server-sent events)',
  description:
    'The id of each is its position. Come back with the last one in `Last-Event-ID`, as browsers do by themselves, and nothing is missed or told twice. Without it the stream begins with what comes next. Events are kept as long as the settings of the tenant say: who comes back later is answered `events-gone`, with the oldest position that there is.',
  parameters: [header('Last-Event-ID', 'The position of the last event that you have seen', false)],
  responses: {
    '200': { description: 'A stream that ends with the server or the client', content: { 'text/event-stream': {} } },
    ...problemResponses(['header-invalid', 'events-gone', 'not-authenticated', 'limit-reached', 'internal-error']),
  },
};

function reportFile(): ZodOpenApiOperationObject {
  const { params, query, summary, description, errors } = reportFileRoute;
  return {
    operationId: 'assignments.report-file',
    tags: [reportFileRoute.tag],
    summary,
    description,
    requestParams: { path: params, query },
    responses: {
      '200': {
        description: summary,
        content: { [REPORT_FILE_TYPES.ndjson]: { schema: ReportLine }, [REPORT_FILE_TYPES.text]: {} },
      },
      ...problemResponses([...errors, 'query-invalid', 'not-authenticated', 'limit-reached', 'internal-error']),
    },
  };
}

type TusOperation = {
  readonly summary: string;
  readonly status: 200 | 201 | 204;
  /** Of one upload, named in the path. */
  readonly isOne?: true;
  readonly headers?: readonly oas31.ParameterObject[];
  readonly takesBytes?: true;
  readonly codes?: readonly ProblemCode[];
};

const BUNDLE_CODES = [
  'bundle-malformed',
  'bundle-unsigned',
  'bundle-signer-unknown',
  'bundle-signature-wrong',
  'bundle-content-mismatch',
] as const satisfies readonly ProblemCode[];

const CREATE: TusOperation = {
  summary: 'Begin an upload',
  status: 201,
  headers: [
    header('Upload-Length', 'Bytes of the file', true),
    header('Upload-Metadata', '`filename` with the name in base64', true),
  ],
  takesBytes: true,
  codes: ['artifact-too-large', ...BUNDLE_CODES],
};

const APPEND: TusOperation = {
  summary: 'Send the next bytes',
  status: 204,
  isOne: true,
  headers: [
    header('Upload-Offset', 'Where these bytes begin', true),
    header('Upload-Checksum', 'Of these bytes: the algorithm and the digest in base64', false),
  ],
  takesBytes: true,
  codes: ['upload-offset', 'checksum-mismatch', 'media-type-unsupported', ...BUNDLE_CODES],
};

function header(name: string, description: string, required: boolean): oas31.ParameterObject {
  return { in: 'header', name, description, required, schema: { type: 'string' } };
}

function tus({
  summary,
  status,
  isOne,
  headers = [],
  takesBytes,
  codes = [],
}: TusOperation): ZodOpenApiOperationObject {
  const body = { required: isOne ?? false, content: { 'application/offset+octet-stream': {} } };
  return {
    tags: ['artifacts'],
    summary: `${summary} (tus 1.0)`,
    ...(isOne ? { requestParams: { path: UidParams } } : {}),
    parameters: [header('Tus-Resumable', '`1.0.0`', true), ...headers],
    ...(takesBytes ? { requestBody: body } : {}),
    responses: {
      [`${status}`]: { description: summary },
      ...problemResponses([...codes, ...(isOne ? (['not-found', 'upload-gone'] as const) : []), ...TUS_CODES]),
    },
  };
}

const TUS_CODES = [
  'header-invalid',
  'not-authenticated',
  'precondition-failed',
  'limit-reached',
  'internal-error',
  'storage-full',
] as const satisfies readonly ProblemCode[];
