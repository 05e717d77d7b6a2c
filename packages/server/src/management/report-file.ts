import { Readable } from 'node:stream';
import {
  API_PREFIX,
  REPORT_FILE_TYPES,
  reportFileRoute,
  type ReportFileFormat,
  type ReportLine,
} from '@updraft/protocols';
import {
  type AssignmentWithJoins,
  type AttemptRow,
  attemptsOf,
  findAssignment,
  type ReportRow,
  reportsAfter,
  type Store,
} from '@updraft/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { attachmentOf } from '../http/content-disposition.ts';
import { parseRequest } from '../http/parse-request.ts';
import { refusalOf, sendProblem } from '../http/problems.ts';
import { scopeOf } from '../http/request-scope.ts';
import { reportView } from '../use-cases/assignment-view.ts';
import type { Commands } from '../use-cases/commands.ts';

/** What is held in memory of a file that is being sent. */
const REPORTS_PER_SLICE = 100;
const SUFFIX = { ndjson: 'ndjson', text: 'txt' } as const;

type Parts = { readonly store: Pick<Store<Commands>, 'reader' | 'longReader'> };
type Wish = { readonly format: ReportFileFormat; readonly attempt?: number };

/** `GET /api/v1/assignments/{number}/reports/file`: read slice by slice, as fast as the client takes it. */
export function mountReportFile(app: FastifyInstance, parts: Parts): void {
  app.get(`${API_PREFIX}/assignments/:number/reports/file`, (request, reply) => send(parts, request, reply));
}

async function send({ store }: Parts, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const parsed = parseRequest(reportFileRoute, request);
  if ('problem' in parsed) return sendProblem(reply, parsed);
  const { number } = parsed.params as { readonly number: number };
  const wish = parsed.query as Wish;
  const assignment = await findAssignment(store.reader, scopeOf(request).tenant, number);
  if (assignment === undefined) return sendProblem(reply, refusalOf('not-found', {}));
  const all = await attemptsOf(store.reader, [assignment.id]);
  const attempts = wish.attempt === undefined ? all : all.filter(({ ordinal }) => ordinal === wish.attempt);
  if (wish.attempt !== undefined && attempts.length === 0) return sendProblem(reply, refusalOf('not-found', {}));
  void reply
    .type(REPORT_FILE_TYPES[wish.format])
    .header('content-disposition', attachmentOf(`assignment-${number}-reports.${SUFFIX[wish.format]}`))
    .header('cache-control', 'no-store');
  return reply.send(Readable.from(file(store, { assignment, attempts, format: wish.format })));
}

type Whose = Pick<AssignmentWithJoins, 'number' | 'device_name' | 'release_name' | 'release_version'>;
type Wanted = {
  readonly assignment: Whose;
  readonly attempts: readonly AttemptRow[];
  readonly format: ReportFileFormat;
};

async function* file(store: Parts['store'], { assignment, attempts, format }: Wanted): AsyncIterable<string> {
  for (const attempt of attempts) {
    if (format === 'text') yield heading(assignment, attempt);
    for (let after = 0; ;) {
      const reports = await reportsAfter(store.longReader, attempt.id, { after, limit: REPORTS_PER_SLICE });
      if (reports.length > 0)
        yield reports.map((report) => FORMS[format]({ assignment: assignment.number, attempt, report })).join('');
      after = reports.at(-1)?.id ?? after;
      if (reports.length < REPORTS_PER_SLICE) break;
    }
  }
}

type Said = { readonly assignment: number; readonly attempt: AttemptRow; readonly report: ReportRow };

const FORMS: Readonly<Record<ReportFileFormat, (said: Said) => string>> = { ndjson: jsonLine, text: textLines };

function jsonLine({ assignment, attempt, report }: Said): string {
  const { at, deviceAt, kind, code, details } = reportView(report);
  const line = { assignment, attempt: attempt.ordinal, action: attempt.number, at, deviceAt, kind, code, details };
  return `${JSON.stringify(line satisfies z.output<typeof ReportLine>)}\n`;
}

/** Says whose file it is: it goes to people who do not see the server. */
function heading(assignment: Whose, { ordinal, number, state, reason }: AttemptRow): string {
  const end = reason === null ? state : `${state}: ${reason}`;
  const whose = harmless(`${assignment.device_name}, ${assignment.release_name}@${assignment.release_version}`);
  return `${whose}: assignment ${assignment.number}, attempt ${ordinal}, action ${number} (${end})\n`;
}

/** Devices send what they like: what would move a terminal's cursor is shown as the place of something else. */
function textLines({ report }: Said): string {
  const { at, kind, code, details } = reportView(report);
  const lines = details.flatMap((detail) => detail.split('\n')).map((line) => `    ${harmless(line)}\n`);
  return `${at}  ${kind}${code === null ? '' : ` (${code})`}\n${lines.join('')}`;
}

function harmless(line: string): string {
  return line.replaceAll('\t', ' ').replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
