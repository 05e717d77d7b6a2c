import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export type WorkerProcess<Order, Result> = AsyncDisposable & {
  readonly pid: number;
  /** Sends an order and waits for the result; one at a time. */
  perform(order: Order): Promise<Result>;
};

/** Starts `bench/load/FILE` as a process of its own that answers each message with one message. */
export function startWorkerProcess<Order extends object, Result>(file: string): WorkerProcess<Order, Result> {
  const child = fork(path.join(import.meta.dirname, file), { serialization: 'advanced' });
  const exited = once(child, 'exit');
  const killChild = (): void => void child.kill();
  process.once('exit', killChild);
  const ended = exited.then(([exitCode, signal]) =>
    Promise.reject(new Error(`bench/load/${file} ended: ${exitCode ?? signal}`)),
  );
  // It also ends when it is disposed of, and then nobody waits.
  ended.catch(() => undefined);
  return {
    pid: child.pid ?? 0,
    async perform(order) {
      const answered = once(child, 'message');
      child.send(order);
      const [result] = (await Promise.race([answered, ended])) as [Result];
      return result;
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
      process.off('exit', killChild);
    },
  };
}
