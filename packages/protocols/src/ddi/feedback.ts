import { z } from 'zod';
import { storable } from './request-body.ts';

export const DDI_EXECUTIONS = [
  'closed',
  'proceeding',
  'canceled',
  'scheduled',
  'rejected',
  'resumed',
  'downloaded',
  'download',
] as const;
export type DdiExecution = (typeof DDI_EXECUTIONS)[number];

/** hawkBit's limit, which SWUpdate keeps with 48: a report of more messages is refused. */
export const MAX_DETAILS = 50;
/** Of each message so much is kept; the rest is cut. */
export const MAX_KEPT_DETAIL_CHARACTERS = 2048;

/** hawkBit's reader takes digits in quotes for a number. */
const quotedNumber = z
  .string()
  .regex(/^-?\d{1,15}$/)
  .transform(Number);
const lenientNumber = z.union([z.number(), quotedNumber]).optional().catch(undefined);
/** What is no text is kept as its JSON; nothing is kept as nothing. */
const Detail = z.unknown().transform((value) => {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
});

/** What does not fit into an int32 counts as nothing. */
export const lenientCode = z.union([z.number(), quotedNumber]).pipe(z.int32()).optional().catch(undefined);

/** Messages, without the empty ones. */
export const DdiDetails = z
  .union([z.array(Detail), Detail.transform((one) => [one])])
  .optional()
  .transform((details) => keptDetails(details ?? []));

/**
 * A report on an action or on its cancellation. Only `execution` and `finished` are required (hawkBit answers 400 without
 * them); whatever else is odd is ignored. One string is accepted where a list is expected.
 */
export const DdiFeedback = z.object({
  time: z.string().max(64).optional().catch(undefined),
  timestamp: lenientNumber,
  status: z.object({
    execution: z.enum(DDI_EXECUTIONS),
    result: z.object({
      finished: z.enum(['success', 'failure', 'none']),
      progress: z.object({ cnt: lenientNumber, of: lenientNumber }).optional().catch(undefined),
    }),
    code: lenientCode,
    details: DdiDetails,
  }),
});
export type DdiFeedback = z.output<typeof DdiFeedback>;

function keptDetails(details: readonly string[]): readonly string[] {
  return details
    .filter((detail) => detail !== '')
    .slice(0, MAX_DETAILS + 1)
    .map((detail) => storable(detail.slice(0, MAX_KEPT_DETAIL_CHARACTERS)));
}

/** Whether they are more than {@link MAX_DETAILS}. */
export function areTooMany(details: readonly string[]): boolean {
  return details.length > MAX_DETAILS;
}

/** When the device says that it wrote the report, in its own notation; null where it does not say. */
export function deviceTimeOf(feedback: DdiFeedback): string | null {
  return feedback.time === undefined ? (feedback.timestamp?.toString() ?? null) : storable(feedback.time);
}
