import { z } from 'zod';

/** hawkBit's limits of length, which its clients expect. */
export const ATTRIBUTE_KEY_MAX_CHARACTERS = 128;
export const ATTRIBUTE_VALUE_MAX_CHARACTERS = 128;
/**
 * Any text without control characters. hawkBit takes ASCII only; but SWUpdate repeats a PUT that is refused and installs
 * nothing meanwhile, so that a device whose site is called "Łódź" could never be updated.
 */
const LEGAL = /^(?:[^\p{Cc}\p{Cs}]|\s)*$/u;

/** The body of `configData`: `id`, `time` and `status` of older clients are ignored; scalars are taken as their text. */
export const DdiConfigData = z.object({
  mode: z.enum(['merge', 'replace', 'remove']).default('merge'),
  data: z
    .record(z.string(), z.union([z.string(), z.number().transform(String), z.boolean().transform(String), z.null()]))
    .refine((data) => Object.keys(data).length > 0, 'no attributes'),
});
export type DdiConfigData = z.output<typeof DdiConfigData>;

/** Whether every key and value keeps these limits. */
export function areLegalAttributes(data: DdiConfigData['data']): boolean {
  return Object.entries(data).every(
    ([key, value]) =>
      key.length > 0 &&
      key.length <= ATTRIBUTE_KEY_MAX_CHARACTERS &&
      LEGAL.test(key) &&
      (value === null || (value.length <= ATTRIBUTE_VALUE_MAX_CHARACTERS && LEGAL.test(value))),
  );
}
