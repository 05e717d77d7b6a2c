import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import type { AskingDevice, ReportingDevice } from './authenticate.ts';

/** What the door reads of a request: Fastify's has all of it, and so has one that takes the short way. */
export interface DdiRequest {
  readonly url: string;
  /** As the address of the route names them. */
  readonly params: unknown;
  readonly query: unknown;
  /** Its bytes, where it has a body. */
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly raw: { readonly socket: Partial<Pick<Socket, 'remoteAddress' | 'localAddress' | 'localPort'>> };
  /** Under which the client found us. */
  readonly protocol: string;
  readonly host: string;
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>;
  /** Set by the door's authentication, before the body is read. */
  asking: AskingDevice | null;
  /** The same where it reports. */
  reporting: ReportingDevice | null;
}

/** What the door answers through: the same of Fastify's reply. */
export interface DdiReply {
  code(status: number): this;
  header(name: string, value: string | number): this;
  type(mediaType: string): this;
  send(body?: string | Buffer): this;
}

export type DdiExchange = { readonly request: DdiRequest; readonly reply: DdiReply };
