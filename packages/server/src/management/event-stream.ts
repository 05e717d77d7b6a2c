import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { API_PREFIX, type Event } from '@updraft/protocols';
import { lastPosition, missedEvents, readEvents, type StoredEvent } from '@updraft/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Authenticator } from '../access/authenticator.ts';
import { sendProblem } from '../http/problems.ts';
import { scopeOf } from '../http/request-scope.ts';
import { timestamp } from '../use-cases/timestamp.ts';
import { EventFeed, type FeedPlace } from './event-feed.ts';
import { eventsGone } from './events-gone.ts';
import type { HandlerParts } from './handler-parts.ts';
import { createStreamAlarm } from './stream-alarm.ts';

export const MAX_EVENT_STREAMS = 200;
const EVENTS_PER_READ = 200;
const RECONNECT_AFTER_MS = 2000;
/** Who takes one between two heartbeats takes something. */
const PIECE_BYTES = 16_384;

export type EventView = z.output<typeof Event>;

export function eventView({ position, at, name, actor, subject, data }: StoredEvent): EventView {
  return { position, at: timestamp(at), name, actor, subject, data };
}

export type EventStreams = {
  readonly mount: (app: FastifyInstance) => void;
  /** Ends every stream; their clients come back with the position that they have seen. */
  readonly end: () => void;
};

type Parts = Pick<HandlerParts, 'store'> & { readonly authenticator: Authenticator };
type StreamParts = Parts & { readonly feed: EventFeed<Told> };

/**
 * `GET /api/v1/events/stream`: server-sent events (WHATWG HTML, 9.2) whose ids are positions of the outbox. A client that
 * comes back with Last-Event-ID goes on after it, also on another server: nothing is missed and nothing told twice.
 * Without it the stream begins with what comes next. Nothing is kept in memory: what the socket does not take is not
 * read from the database yet.
 */
export function createEventStreams(parts: Parts): EventStreams {
  const open = new Set<AbortController>();
  const feed = new EventFeed((place) => look(parts, place));
  return {
    mount: (app) => {
      app.get(`${API_PREFIX}/events/stream`, async (request, reply) => {
        if (open.size >= MAX_EVENT_STREAMS)
          return sendProblem(reply, {
            problem: 'limit-reached',
            detail: 'Too many event streams are open; close some.',
          });
        // Before anything is waited for: those who come meanwhile count it.
        const ending = new AbortController();
        open.add(ending);
        try {
          return await answer({ ...parts, feed }, { request, reply, ending });
        } finally {
          open.delete(ending);
        }
      });
    },
    end: () => {
      for (const ending of open) ending.abort();
    },
  };
}

type Streaming = {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly ending: AbortController;
};

async function answer(parts: StreamParts, streaming: Streaming): Promise<FastifyReply> {
  const { request, reply, ending } = streaming;
  reply.raw.on('close', () => ending.abort());
  const { reader } = parts.store;
  const seen = lastSeen(request);
  if (seen === undefined)
    return sendProblem(reply, { problem: 'header-invalid', detail: 'Last-Event-ID must be a position.' });
  const { tenant } = scopeOf(request);
  const after = seen ?? (await lastPosition(reader, tenant));
  const missed = await missedEvents(reader, tenant, after);
  if (missed !== null) return sendProblem(reply, eventsGone(missed));
  await stream(parts, streaming, after);
  return reply;
}

function lastSeen(request: FastifyRequest): number | null | undefined {
  const text = request.headers['last-event-id'];
  if (text === undefined || text === '') return null;
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** What streams at one place are told, as frames. */
type Told = {
  readonly frames: Buffer;
  readonly last: number;
  readonly isMore: boolean;
  readonly isGone: boolean;
};

/** `isGone`: what followed on the place has been removed since. */
async function look({ store: { reader } }: Pick<Parts, 'store'>, { tenant, after }: FeedPlace): Promise<Told> {
  const events = await readEvents(reader, tenant, { after, limit: EVENTS_PER_READ });
  const isGone = (await missedEvents(reader, tenant, after)) !== null;
  return {
    frames: Buffer.from(events.map(frame).join('')),
    last: events.at(-1)?.position ?? after,
    isMore: events.length === EVENTS_PER_READ,
    isGone,
  };
}

async function stream(parts: StreamParts, { request, reply, ending }: Streaming, after: number): Promise<void> {
  const response = reply.hijack().raw;
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  });
  // Nothing is ever written to who asks for the head alone: without an end it would wait for ever.
  if (request.method === 'HEAD') return void response.end();
  const alarm = createStreamAlarm(parts.store, ending);
  const { tenant } = scopeOf(request);
  let [position, isBehind] = [after, true];
  try {
    await write(response, `retry: ${RECONNECT_AFTER_MS}\n\n`, ending.signal);
    while (!ending.signal.aborted) {
      const told = await parts.feed.next({ tenant, after: position }, isBehind);
      // The client comes back with the last one that it has seen, and is told then.
      if (told.isGone) break;
      for (let at = 0; at < told.frames.length; at += PIECE_BYTES) {
        await write(response, told.frames.subarray(at, at + PIECE_BYTES), ending.signal);
        alarm.calm();
      }
      [position, isBehind] = [told.last, told.isMore];
      if (isBehind) alarm.set();
      if ((await alarm.rung()) === 'event') continue;
      if (!(await isStillWelcome(parts, request))) break;
      await write(response, ': still here\n\n', ending.signal);
    }
  } catch (error) {
    if (!ending.signal.aborted) request.log.warn({ err: error }, 'an event stream was cut');
  } finally {
    alarm.stop();
    // An end would wait for who takes nothing.
    if (response.writableNeedDrain) response.destroy();
    else response.end();
  }
}

function frame(event: StoredEvent): string {
  return `id: ${event.position}\nevent: ${event.name}\ndata: ${JSON.stringify(eventView(event))}\n\n`;
}

async function write(response: ServerResponse, text: string | Buffer, signal: AbortSignal): Promise<void> {
  if (!response.write(text)) await once(response, 'drain', { signal });
}

async function isStillWelcome({ authenticator }: Parts, request: FastifyRequest): Promise<boolean> {
  const verdict = await authenticator({ authorization: request.headers.authorization, address: request.ip });
  return verdict.outcome !== 'unknown';
}
