import asyncHooks, { type AsyncHook, type HookCallbacks } from 'node:async_hooks';

/**
 * node:test follows every promise of its process, to know to which suite a test belongs and whose an error is that nobody caught. That
 * costs a server under way in the same process a quarter of its time. Must be called before anything loads `node:test`.
 *
 * @returns what switches the following on and off; there is nothing to switch before the first test is declared.
 */
export function holdPromiseTracking(): { readonly enable: () => void; readonly disable: () => void } {
  const hooks: AsyncHook[] = [];
  const { createHook } = asyncHooks;
  const held = (callbacks: HookCallbacks): AsyncHook => {
    const hook = createHook(callbacks);
    hooks.push(hook);
    return hook;
  };
  Object.assign(asyncHooks, { createHook: held });
  return {
    enable: () => hooks.forEach((hook) => hook.enable()),
    disable: () => hooks.forEach((hook) => hook.disable()),
  };
}
