import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Touched } from '../command.ts';
import { clientConfig } from '../database/postgres-connection.ts';
import { whatFailed } from '../database/store-error.ts';
import type { StoreLog } from '../store-log.ts';
import { isEmpty, TouchedRows } from '../writer/touched-rows.ts';

const CHANNEL = 'updraft';
/** PostgreSQL takes 7999 bytes; what is longer becomes "everything". */
const MAX_PAYLOAD_BYTES = 7500;
const RECONNECT_MS = 500;
/** Behind each message: what is committed meanwhile goes together, or telling would cost as much as the commits. */
const SEND_REST_MS = 5;

export type NotificationOptions = {
  readonly url: string;
  readonly log: StoreLog;
  /** What a commit of any server touched; `events` means that new events can be read. */
  readonly onTouched: (touched: Touched) => void;
  /** Events have been committed somewhere and wait for their positions. */
  readonly onAppended: () => void;
  /** Commits of others may have been missed. */
  readonly onMissed: () => void;
};

/** One word to the other servers. `missed`: more was touched than fits, or was told. */
type Message = {
  readonly from: string;
  readonly devices: readonly number[];
  readonly tenants: readonly number[];
  readonly appended: boolean;
  readonly readable: boolean;
  readonly missed: boolean;
};

/**
 * Tells the other servers on this database what was committed, and hears them. It is sent after the commit and
 * together for many: NOTIFY inside the transactions would make their commits wait for each other. A server that dies
 * in between is made good by the sequencer's tick for events, and by the caches' own bounds for the rest.
 */
export class PostgresNotifications {
  readonly #options: NotificationOptions;
  readonly #self = randomUUID();
  readonly #pending = new TouchedRows();
  #appended = false;
  #missed = false;
  #client: pg.Client | undefined;
  #sending: Promise<void> | undefined;
  #reconnecting: Promise<void> | undefined;
  #closed = false;

  constructor(options: NotificationOptions) {
    this.#options = options;
  }

  /** Tells of a commit: this process at once, the others soon. */
  readonly tell = (touched: Touched): void => {
    if (isEmpty(touched)) return;
    const rows = { ...touched, events: false };
    if (!isEmpty(rows)) this.#options.onTouched(rows);
    if (touched.events) this.#options.onAppended();
    this.#pending.add(rows);
    this.#appended ||= touched.events;
    this.#send();
  };

  /** Tells that new events can be read. */
  readonly tellSequenced = (): void => {
    const readable = { devices: [], tenants: [], events: true };
    this.#options.onTouched(readable);
    this.#pending.add(readable);
    this.#send();
  };

  async listen(): Promise<void> {
    const client = new pg.Client(clientConfig(this.#options.url));
    const lost = (error?: Error) => this.#lost(client, error);
    client.on('error', lost);
    client.on('end', lost);
    client.on('notification', ({ payload }) => this.#hear(payload ?? ''));
    await client.connect();
    await client.query(`listen ${CHANNEL}`);
    this.#client = client;
  }

  async close(): Promise<void> {
    await this.#sending;
    this.#closed = true;
    await this.#reconnecting;
    await this.#client?.end();
  }

  #hear(payload: string): void {
    const message = JSON.parse(payload) as Message;
    if (message.from === this.#self) return;
    if (message.missed) this.#options.onMissed();
    const touched = { devices: message.devices, tenants: message.tenants, events: message.readable };
    if (!isEmpty(touched)) this.#options.onTouched(touched);
    if (message.appended) this.#options.onAppended();
  }

  /** One message is on its way at a time; what comes meanwhile goes together with the next. */
  #send(): void {
    if (this.#sending !== undefined || this.#closed || this.#client === undefined) return;
    this.#sending = this.#sendPending(this.#client).finally(() => {
      this.#sending = undefined;
      if (this.#missed || this.#appended || !this.#pending.isEmpty) this.#send();
    });
  }

  async #sendPending(client: pg.Client): Promise<void> {
    const payload = this.#takePending();
    try {
      await client.query('select pg_notify($1, $2)', [CHANNEL, payload]);
      await sleep(SEND_REST_MS);
    } catch (error) {
      this.#missed = true;
      this.#lost(client, error as Error);
    }
  }

  #takePending(): string {
    const { devices: changed, heard = [], tenants, events } = this.#pending.take();
    const devices = [...changed, ...heard];
    const rest = { from: this.#self, appended: this.#appended, readable: events };
    const message: Message = { ...rest, devices, tenants, missed: this.#missed };
    this.#appended = false;
    this.#missed = false;
    const text = JSON.stringify(message);
    if (Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES) return text;
    return JSON.stringify({ ...rest, devices: [], tenants: [], missed: true } satisfies Message);
  }

  #lost(client: pg.Client, error?: Error): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = undefined;
    this.#options.log.warn(whatFailed(error), 'the connection that hears the other servers was lost');
    this.#reconnecting = this.#reconnect().finally(() => {
      this.#reconnecting = undefined;
    });
  }

  /** While it is deaf it says so again and again, so that nothing stale is kept for longer than a try. */
  async #reconnect(): Promise<void> {
    while (!this.#closed) {
      this.#options.onMissed();
      try {
        await this.listen();
        this.#options.onMissed();
        this.#send();
        return;
      } catch (error) {
        this.#options.log.warn(whatFailed(error), 'the other servers cannot be heard; tried again');
        await sleep(RECONNECT_MS);
      }
    }
  }
}
