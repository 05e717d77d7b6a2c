import { channel } from 'node:diagnostics_channel';
import type { FastifyInstance } from 'fastify';

export type MountedRoute = { readonly method: string; /** With `{name}` for a parameter. */ readonly path: string };

export interface RouteWatch extends Disposable {
  /** All that was mounted since, by any server of this process; HEAD and refusals of other methods are not among them. */
  readonly routes: () => readonly MountedRoute[];
}

/** Watches what servers that start from now on mount: Fastify announces each of its instances. */
export function watchMountedRoutes(): RouteWatch {
  const found = new Map<string, MountedRoute>();
  const announced = channel('fastify.initialization');
  const note = (message: unknown) => {
    const { fastify } = message as { readonly fastify: FastifyInstance };
    fastify.addHook('onRoute', ({ method, url, onRequest }) => {
      // Of all routes only refusals of other methods have a hook of their own.
      if (onRequest !== undefined && [method].flat().length > 1) return;
      const path = url.replaceAll(/:(\w+)/g, '{$1}');
      for (const one of [method].flat()) if (one !== 'HEAD') found.set(`${one} ${path}`, { method: one, path });
    });
  };
  announced.subscribe(note);
  return {
    routes: () => [...found.values()],
    [Symbol.dispose]: () => {
      announced.unsubscribe(note);
    },
  };
}
