import { once } from 'node:events';
import net from 'node:net';
import { createInterface, type Interface } from 'node:readline';

/** QEMU answers within milliseconds unless its host is busy. */
const ANSWER_WITHIN_MS = 10_000;

/** QEMU refused a command of its monitor, or did not answer. */
export class MonitorError extends Error {
  readonly code: 'monitor-refused' | 'monitor-silent' | 'monitor-closed';
  constructor(code: MonitorError['code'], message: string) {
    super(message);
    this.name = 'MonitorError';
    this.code = code;
  }
}

/**
 * Sends one command to the monitor of a running QEMU (QMP: https://qemu.readthedocs.io/en/v7.2.0/interop/qmp-spec.html) and gives
 * what it returned. `socket` is the path of its Unix socket. Throws a MonitorError where QEMU refuses.
 */
export async function tellMonitor(
  socket: string,
  command: string,
  options: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const connection = net.connect({ path: socket });
  const lines = createInterface({ input: connection });
  try {
    await once(connection, 'connect', { signal });
    const answers = answersOf(lines, signal);
    const ask = async (execute: string, args?: object): Promise<unknown> => {
      connection.write(`${JSON.stringify(args === undefined ? { execute } : { execute, arguments: args })}\n`);
      return (await answers.next()).value;
    };
    // A connection begins in the mode of negotiation; this ends it.
    await ask('qmp_capabilities');
    return await ask(command, options);
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw new MonitorError('monitor-silent', `the monitor did not answer "${command}" in ${ANSWER_WITHIN_MS} ms`);
  } finally {
    lines.close();
    connection.destroy();
  }
}

type Message = { readonly return?: unknown; readonly error?: { readonly desc: string } };

/** What QEMU returned, command by command; its greeting and its events are passed over. */
async function* answersOf(lines: Interface, signal: AbortSignal): AsyncGenerator<unknown, never> {
  const failed = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  const messages = lines[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await Promise.race([messages.next(), failed]);
    if (done) throw new MonitorError('monitor-closed', 'the monitor closed its connection');
    const message = JSON.parse(value as string) as Message;
    if (message.error !== undefined) throw new MonitorError('monitor-refused', message.error.desc);
    if ('return' in message) yield message.return;
  }
}
