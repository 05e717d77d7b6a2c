import { z } from 'zod';

/** hawkBit's limits (its target attributes), which its clients expect. */
export const ATTRIBUTE_KEY_MAX_CHARACTERS = 128;
export const ATTRIBUTE_VALUE_MAX_CHARACTERS = 128;
const LEGAL = /^[a-zA-Z0-9_\-!@#$%^&*()+=[\]{}|;:'",.<>/\\?\s]*$/;

/** The body of `configData`: `id`, `time` and `status` of older clients are ignored; scalars are taken as their text. */
export const DdiConfigData = z.object({
  mode: z.enum(['merge', 'replace', 'remove']).default('merge'),
  data: z
    .record(z.string(), z.union([z.string(), z.number().transform(String), z.boolean().transform(String), z.null()]))
    .refine((data) => Object.keys(data).length > 0, 'no attributes'),
});
export type DdiConfigData = z.output<typeof DdiConfigData>;

/** Whether every key and value keeps hawkBit's limits. */
export function areLegalAttributes(data: DdiConfigData['data']): boolean {
  return Object.entries(data).every(
    ([key, value]) =>
      key.length > 0 &&
      key.length <= ATTRIBUTE_KEY_MAX_CHARACTERS &&
      LEGAL.test(key) &&
      (value === null || (value.length <= ATTRIBUTE_VALUE_MAX_CHARACTERS && LEGAL.test(value))),
  );
}
