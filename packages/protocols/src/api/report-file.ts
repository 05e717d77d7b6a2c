import { z } from 'zod';
import type { Route } from './route.ts';

export const REPORT_FILE_FORMATS = ['ndjson', 'text'] as const;
export type ReportFileFormat = (typeof REPORT_FILE_FORMATS)[number];

/** What each form is sent as. */
export const REPORT_FILE_TYPES: Readonly<Record<ReportFileFormat, string>> = {
  ndjson: 'application/x-ndjson',
  text: 'text/plain; charset=utf-8',
};

/** One operation whose answer is a file that is made while it is sent; mounted by hand. */
export const reportFileRoute = {
  method: 'GET',
  path: '/assignments/{number}/reports/file',
  tag: 'assignments',
  summary: 'All that the device said, as a file',
  description:
    'By attempt, in the order in which it came: one JSON document a line (`ndjson`), or lines for people (`text`).',
  params: z.object({ number: z.coerce.number().int().min(1) }),
  query: z.object({
    format: z.enum(REPORT_FILE_FORMATS).default('ndjson'),
    attempt: z.coerce.number().int().min(1).optional().describe('Only this try: 1 is the first'),
  }),
  success: { status: 200 },
  errors: ['not-found'],
} as const satisfies Route;

/** One line of the `ndjson` form. */
export const ReportLine = z.object({
  assignment: z.number().int(),
  attempt: z.number().int().describe('Which try: 1 is the first'),
  action: z.number().int().describe('Its id on the wire'),
  at: z.iso.datetime(),
  deviceAt: z.string().nullable(),
  kind: z.string(),
  code: z.number().int().nullable(),
  details: z.array(z.string()),
});
