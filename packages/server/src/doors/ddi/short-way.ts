import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { MAX_DDI_BODY_BYTES } from '@updraft/protocols';
import type { FastifyBaseLogger, FastifyError } from 'fastify';
import type { CountRequest } from '../../http/metrics.ts';
import type { Shortcut } from '../../http/server-factory.ts';
import { isReporterLetIn } from './authenticate.ts';
import { answerPoll } from './controller-base.ts';
import { answerDescription } from './deployment.ts';
import { DDI_BASE, DEPLOYMENT_PATH, FEEDBACK_PATH, type DdiDoor } from './door.ts';
import { sendDdiThrown } from './errors.ts';
import type { DdiReply } from './exchange.ts';
import { takeFeedback } from './feedback.ts';
import { readBody, ShortReply, shortRequest, type ShortRequest } from './short-exchange.ts';

/** What the short way needs beside the door. */
export type ShortWay = {
  readonly log: FastifyBaseLogger;
  readonly countRequest: CountRequest;
  /** Whether named proxies may say under which origin they were asked. */
  readonly asksProxies: boolean;
  /** Aborted when the server begins to stop: from then on connections are closed with their answers. */
  readonly stopping: AbortSignal;
};

/** Polls, descriptions and reports as clients write them. */
const ADDRESS =
  /^\/([\w.~-]{1,128})\/controller\/v1\/([\w.~:-]{1,256})(?:\/deploymentBase\/(\d{1,10})(?:(\/feedback)|\?c=-?\d{1,12})?)?$/;

/**
 * What nearly all requests of a fleet are is answered past the framework, which takes as long for one as node:http itself:
 * by the same functions, in the same words. Whatever is at all unusual about a request leaves it to the framework.
 */
export function shortWayOf(door: DdiDoor, way: ShortWay): Shortcut {
  return (message, response) => {
    const route = way.stopping.aborted ? null : routeOf(message, way.asksProxies);
    if (route === null) return false;
    const request = shortRequest(message, route.params, way.log);
    const reply = new ShortReply(response, (status) =>
      way.countRequest({ route: route.pattern, method: message.method ?? '', status }),
    );
    const answered = answer(door, { message, request, reply }, route);
    if (answered instanceof Promise)
      answered.catch((error: unknown) => void sendDdiThrown(error as FastifyError, request, reply));
    return true;
  };
}

type Route = {
  readonly pattern: typeof DDI_BASE | typeof DEPLOYMENT_PATH | typeof FEEDBACK_PATH;
  readonly params: { readonly tenant: string; readonly controller: string; readonly action: string };
};

function routeOf({ url = '', method, headers }: IncomingMessage, asksProxies: boolean): Route | null {
  const match = ADDRESS.exec(url);
  if (match === null || (asksProxies && isForwarded(headers))) return null;
  const [, tenant = '', controller = '', action, feedback] = match;
  const params = { tenant, controller, action: action ?? '' };
  if (feedback !== undefined)
    return method === 'POST' && isPlainReport(headers) ? { pattern: FEEDBACK_PATH, params } : null;
  if (method !== 'GET' || hasBody(headers)) return null;
  return { pattern: action === undefined ? DDI_BASE : DEPLOYMENT_PATH, params };
}

function isForwarded(headers: IncomingHttpHeaders): boolean {
  return headers['x-forwarded-host'] !== undefined || headers['x-forwarded-proto'] !== undefined;
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** JSON of a length that is told and taken. */
function isPlainReport(headers: IncomingHttpHeaders): boolean {
  if (headers['transfer-encoding'] !== undefined || headers['content-encoding'] !== undefined) return false;
  if (!/^application\/json(?:; ?charset=utf-8)?$/i.test(headers['content-type'] ?? '')) return false;
  return Number(headers['content-length'] ?? Infinity) <= MAX_DDI_BODY_BYTES;
}

type ShortExchange = { readonly message: IncomingMessage; readonly request: ShortRequest; readonly reply: DdiReply };

function answer(door: DdiDoor, exchange: ShortExchange, { pattern }: Route): DdiReply | Promise<DdiReply> {
  if (pattern === DDI_BASE) return answerPoll(door, exchange);
  return pattern === DEPLOYMENT_PATH ? answerDescription(door, exchange) : answerReport(door, exchange);
}

/** As on the framework's way, who asks is known before the body is read. */
async function answerReport(door: DdiDoor, { message, request, reply }: ShortExchange): Promise<DdiReply> {
  if (!(await isReporterLetIn(door, request, reply))) return reply;
  const read = readBody(message);
  const body = read instanceof Promise ? await read : read;
  if (body === null) return reply;
  request.body = body;
  return takeFeedback(door, { request, reply });
}
