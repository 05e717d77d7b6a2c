import { areLegalAttributes } from '@updraft/protocols';
import type { Handlers } from '../http/mount.ts';
import type { HandlerParts } from './handler-parts.ts';

/** What is brought along from another server. */
export function importHandlers({ store }: HandlerParts): Handlers<'imports.attributes'> {
  return {
    'imports.attributes': async ({ scope, body }) => {
      const devices = body.devices.filter(({ attributes }) => areLegalAttributes(attributes));
      const wrong = body.devices.filter((device) => !devices.includes(device)).map(({ name }) => name);
      const { kept, refused, missing } = await store.commands.run('import.attributes', { scope, devices });
      return { ok: { kept, refused: [...wrong, ...refused], missing } };
    },
  };
}
