import type { BareAnswer } from './bare-server.ts';
import { Lane } from './lane.ts';
import { startWorkerProcess } from './worker-process.ts';

/** Set by node:http itself, in the bare server as in ours. */
const NODE_HEADERS = new Set(['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding']);

export type BareServer = AsyncDisposable & { readonly port: number; readonly pid: number };

/** Asks a server once and starts a bare one that answers everything with bytes of the same size. */
export async function startBareServer(serverPort: number, request: Buffer): Promise<BareServer> {
  const bare = startWorkerProcess<BareAnswer, number>('bare-server.ts');
  const port = await bare.perform(await answerOf(serverPort, request));
  return { port, pid: bare.pid, [Symbol.asyncDispose]: () => bare[Symbol.asyncDispose]() };
}

async function answerOf(port: number, request: Buffer): Promise<BareAnswer> {
  using lane = await Lane.open(port);
  const { bytes, bodyAt } = await lane.ask(request);
  const [, ...lines] = bytes.toString('latin1', 0, bodyAt).trimEnd().split('\r\n');
  const headers = lines
    .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const)
    .filter(([name]) => !NODE_HEADERS.has(name));
  return { headers: Object.fromEntries(headers), body: bytes.toString('utf8', bodyAt) };
}
