import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Readable, Writable } from 'node:stream';

type Input = Readable & { readonly isTTY?: boolean; setRawMode?(mode: boolean): unknown };
export type Paper = Pick<Writable, 'write'> & { readonly isTTY?: boolean; readonly columns?: number };

/** Everything that a command touches of the machine it runs on; tests bring their own. */
export type Shell = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Input;
  readonly stdout: Paper;
  readonly stderr: Paper;
  readonly host: string;
  readonly timeZone: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly fetch: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** From now on TLS trusts the CAs of this PEM text and no others. */
  readonly trustOnly: (pem: string) => Promise<void>;
};

/** The real one, of this process. */
export function processShell(signal: AbortSignal): Shell {
  return {
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    host: hostname(),
    timeZone: Temporal.Now.timeZoneId(),
    signal,
    fetch: globalThis.fetch,
    now: Date.now,
    sleep: async (milliseconds, aborted) => {
      await delay(milliseconds, undefined, aborted === undefined ? {} : { signal: aborted });
    },
    trustOnly: async (pem) => {
      const tls = await import('node:tls');
      tls.setDefaultCACertificates([pem]);
    },
  };
}
