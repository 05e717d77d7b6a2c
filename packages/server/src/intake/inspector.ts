import { Worker } from 'node:worker_threads';
import type { RecordedFile } from './bundle-record.ts';
import type {
  ChecksumAlgorithm,
  FromInspector,
  InspectorCall,
  InspectorCalls,
  ToInspector,
} from './inspector-messages.ts';
import type { Judgement } from './signing-policy.ts';

/** A file that the thread reads while it grows. */
export interface Following {
  /** The file may be read up to this offset. */
  grow(to: number): void;
  /** How far it has been hashed. */
  readonly consumed: number;
  /** Resolves when at most `ahead` bytes of what the file has grown to wait to be hashed, or when it cannot be read on. */
  near(ahead: number): Promise<void>;
  finish(size: number): Promise<RecordedFile>;
  abandon(): void;
}

/** Hashing, reading bundles and checking signatures, apart from the event loop that answers devices. */
export interface Inspector {
  follow(path: string): Following;
  judge(input: InspectorCalls['judge']['input']): Promise<Judgement>;
  /** base64 checksum of the bytes `from` up to, not including, `to`. */
  digest(
    path: string,
    part: { readonly from: number; readonly to: number; readonly algorithm: ChecksumAlgorithm },
  ): Promise<string>;
  close(): Promise<void>;
}

/**
 * Hostile files must not exhaust the process: beyond this the thread ends, not the server. Little is kept in the young
 * generation, so that a file of any size passes in the same memory.
 */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 4 } as const;

type Waiting = { readonly resolve: (output: never) => void; readonly reject: (error: Error) => void };
type Followed = { consumed: number; grown: number; wake: (() => void) | null };
type Thread = {
  readonly worker: Worker;
  readonly calls: Map<number, Waiting>;
  readonly files: Map<number, Followed>;
  /** Why it ended. */
  cause: unknown;
};

/** The thread starts with the first file and is started again after it failed; a server that takes no files pays nothing. */
export function createInspector(): Inspector {
  let thread: Thread | null = null;
  let numbers = 0;

  function running(): Thread {
    if (thread !== null) return thread;
    const started = startThread((ended) => {
      if (thread === ended) thread = null;
    });
    thread = started;
    return started;
  }

  function call<C extends InspectorCall>(on: Thread, name: C, input: InspectorCalls[C]['input']) {
    return new Promise<InspectorCalls[C]['output']>((resolve, reject) => {
      const id = ++numbers;
      if (on.cause !== undefined) return reject(new InspectorFailed(on.cause));
      on.calls.set(id, { resolve, reject });
      post(on, { kind: 'call', call: name, id, input } as ToInspector);
    });
  }

  return {
    follow(path) {
      const file = ++numbers;
      const on = running();
      const followed: Followed = { consumed: 0, grown: 0, wake: null };
      on.files.set(file, followed);
      post(on, { kind: 'follow', file, path });
      return {
        grow(to) {
          followed.grown = Math.max(followed.grown, to);
          post(on, { kind: 'grow', file, to });
        },
        get consumed() {
          return followed.consumed;
        },
        async near(ahead) {
          while (followed.grown - followed.consumed > ahead && on.files.has(file)) {
            await new Promise<void>((resolve) => (followed.wake = resolve));
          }
        },
        finish: (size) => call(on, 'finish', { file, size }),
        abandon() {
          on.files.delete(file);
          followed.wake?.();
          post(on, { kind: 'abandon', file });
        },
      };
    },
    judge: (input) => call(running(), 'judge', input),
    digest: (path, part) => call(running(), 'digest', { path, ...part }),
    async close() {
      await thread?.worker.terminate();
    },
  };
}

function post(thread: Thread, message: ToInspector): void {
  thread.worker.postMessage(message);
}

function startThread(onEnd: (thread: Thread) => void): Thread {
  const worker = new Worker(new URL('./inspector-thread.ts', import.meta.url), {
    name: 'inspector',
    resourceLimits: THREAD_LIMITS,
  });
  const thread: Thread = { worker, calls: new Map(), files: new Map(), cause: undefined };
  worker.on('message', (message: FromInspector) => hear(thread, message));
  const end = (cause: unknown) => {
    thread.cause ??= cause;
    onEnd(thread);
    for (const { reject } of thread.calls.values()) reject(new InspectorFailed(cause));
    thread.calls.clear();
    const files = [...thread.files.values()];
    thread.files.clear();
    for (const file of files) file.wake?.();
  };
  worker.on('error', end);
  worker.on('exit', (status) => end(new Error(`the thread ended with status ${status}`)));
  return thread;
}

function hear(thread: Thread, message: FromInspector): void {
  switch (message.kind) {
    case 'consumed': {
      const followed = thread.files.get(message.file);
      if (followed === undefined) return;
      followed.consumed = message.offset;
      followed.wake?.();
      return;
    }
    case 'broken': {
      const broken = thread.files.get(message.file);
      thread.files.delete(message.file);
      broken?.wake?.();
      return;
    }
    case 'answered':
      thread.calls.get(message.id)?.resolve(message.output as never);
      thread.calls.delete(message.id);
      return;
    case 'failed':
      thread.calls.get(message.id)?.reject(new InspectorFailed(message.error));
      thread.calls.delete(message.id);
  }
}

export class InspectorFailed extends Error {
  readonly code = 'inspector-failed';
  constructor(cause: unknown) {
    super('a file could not be inspected', { cause });
    this.name = 'InspectorFailed';
  }
}
