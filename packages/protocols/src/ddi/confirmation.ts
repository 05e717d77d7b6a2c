import { z } from 'zod';
import { baseHref, type DdiAddress } from './addresses.ts';
import type { DdiLinks } from './answers.ts';
import { DdiDetails, lenientCode } from './feedback.ts';

const MAX_INITIATOR_CHARACTERS = 64;
const MAX_REMARK_CHARACTERS = 512;

/** What a device's user says of an action that waits for it. */
export const DdiConfirmation = z.object({
  confirmation: z.enum(['confirmed', 'denied']),
  code: lenientCode,
  details: DdiDetails,
});
export type DdiConfirmation = z.output<typeof DdiConfirmation>;

const words = (max: number) =>
  z
    .string()
    .max(max)
    .nullish()
    .transform((text) => text ?? '');

/** Who wants no more questions, and why; a body need not be there. */
export const DdiAutoConfirm = z.object({
  initiator: words(MAX_INITIATOR_CHARACTERS),
  remark: words(MAX_REMARK_CHARACTERS),
});
export type DdiAutoConfirm = z.output<typeof DdiAutoConfirm>;

/** Since when (epoch ms) nobody is asked; null: everybody is. */
export type AutoConfirm = { readonly since: number | null; readonly by: string; readonly note: string };

/** Where the action that waits is described; its query only busts caches. */
export function confirmationHref(address: DdiAddress, action: number, revision: number): string {
  return `${baseHref(address)}/confirmationBase/${action}?c=${revision}`;
}

/** The body of `confirmationBase`; `waiting`: the link of the action that waits. */
export function ddiConfirmationBase(address: DdiAddress, auto: AutoConfirm, waiting: string | null): object {
  const { since, by, note } = auto;
  const act = since === null ? 'activateAutoConfirm' : 'deactivateAutoConfirm';
  const links: DdiLinks = {
    [act]: { href: `${baseHref(address)}/confirmationBase/${act}` },
    ...(waiting === null ? {} : { confirmationBase: { href: waiting } }),
  };
  const autoConfirm = {
    active: since !== null,
    ...(by === '' ? {} : { initiator: by }),
    ...(note === '' ? {} : { remark: note }),
    activatedAt: since ?? 0,
  };
  return { autoConfirm, _links: links };
}
