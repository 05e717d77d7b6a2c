import { randomUUID } from 'node:crypto';
import { ApiFailure, ApiProblem, apiRoutes } from '@updraft/protocols';
import type { ApiClient, ApiRouteName, CallInput, Route } from '@updraft/protocols';

const RETRY_PAUSES_MILLISECONDS = [250, 1_000, 3_000];

/**
 * The same client, which asks again where that is safe: reading, and creating, which it does under an `Idempotency-Key`
 * of its own, so that a creation whose answer was lost happens once.
 */
export function persistentClient(client: ApiClient, sleep: (milliseconds: number) => Promise<void>): ApiClient {
  async function call(name: ApiRouteName, input?: object): Promise<unknown> {
    const route: Route = apiRoutes[name];
    const keyed = route.creates === true ? { idempotencyKey: randomUUID(), ...input } : input;
    const isRepeatable = route.creates === true || route.method === 'GET';
    return repeated(() => send(client, name, keyed), isRepeatable ? RETRY_PAUSES_MILLISECONDS : [], sleep);
  }
  return { baseUrl: client.baseUrl, open: (path, init) => client.open(path, init), call: call as ApiClient['call'] };
}

/** The route decides the input's type; here it is only handed on. */
function send(client: Pick<ApiClient, 'call'>, name: ApiRouteName, input?: object): Promise<unknown> {
  return client.call(name, input as CallInput<ApiRouteName>);
}

async function repeated<T>(
  work: () => Promise<T>,
  pauses: readonly number[],
  sleep: (milliseconds: number) => Promise<void>,
): Promise<T> {
  const [pause, ...rest] = pauses;
  try {
    return await work();
  } catch (error) {
    if (pause === undefined || !isPassing(error)) throw error;
  }
  await sleep(pause);
  return repeated(work, rest, sleep);
}

function isPassing(error: unknown): boolean {
  if (error instanceof ApiFailure) return error.code === 'connection-lost';
  return error instanceof ApiProblem && (error.code === 'idempotency-in-progress' || error.status === 503);
}
