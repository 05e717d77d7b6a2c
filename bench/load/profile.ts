import type { ServerProcess } from '@updraft/fleet';

type CallFrame = { readonly functionName: string; readonly url: string; readonly lineNumber: number };
type Profile = {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
};
type Reply = { readonly id: number; readonly result?: unknown; readonly error?: { readonly message: string } };

const SAMPLE_MICROSECONDS = 500;
const TOP = 16;

export type Profiler = Disposable & {
  /** Profiles the server's main thread while `work` runs; gives where its time went, a line each. */
  profile<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly lines: readonly string[] }>;
};

/** Connects to the inspector of a server that was started with `--inspect=127.0.0.1:0`. */
export async function connectProfiler(server: ServerProcess): Promise<Profiler> {
  const url = /ws:\/\/\S+/.exec(server.output())?.[0];
  if (url === undefined) throw new Error('the server does not listen for an inspector');
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error(`no inspector answers at ${url}`)), { once: true });
  });
  const call = callerOf(socket);
  await call('Profiler.enable');
  await call('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
  return {
    async profile(work) {
      await call('Profiler.start');
      const result = await work();
      const { profile } = (await call('Profiler.stop')) as { profile: Profile };
      return { result, lines: linesOf(profile) };
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

function callerOf(socket: WebSocket): (method: string, params?: object) => Promise<unknown> {
  const waiting = new Map<number, (reply: Reply) => void>();
  let lastId = 0;
  socket.addEventListener('message', ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply;
    waiting.get(reply.id)?.(reply);
    waiting.delete(reply.id);
  });
  return (method, params = {}) =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      waiting.set(id, ({ result, error }) =>
        error === undefined ? resolve(result) : reject(new Error(error.message)),
      );
      socket.send(JSON.stringify({ id, method, params }));
    });
}

/** Own time by place (node's HTTP, SQLite, a package of ours …) and by function, in percent of the time not idle. */
function linesOf({ nodes, samples }: Profile): readonly string[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const busy = samples
    .map((id) => frames.get(id))
    .filter((frame) => frame !== undefined && frame.functionName !== '(idle)') as CallFrame[];
  return [
    `main thread ${((busy.length / samples.length) * 100).toFixed(0)} % busy; of that:`,
    ...ranking(busy.map(placeOf), busy.length),
    '  by function:',
    ...ranking(
      busy.map((frame) => `${frame.functionName || '(anonymous)'}  ${placeOf(frame)}:${frame.lineNumber + 1}`),
      busy.length,
    ),
  ];
}

function ranking(names: readonly string[], total: number): readonly string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, TOP)
    .map(([name, count]) => `  ${((count / total) * 100).toFixed(1).padStart(5)} %  ${name}`);
}

function placeOf({ url, functionName }: CallFrame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'native';
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  return inPackage ?? /packages\/.*/.exec(url)?.[0] ?? url.replace(/^node:internal\//, 'node:');
}
