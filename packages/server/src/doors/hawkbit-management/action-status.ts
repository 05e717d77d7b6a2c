import type { ReportKind } from '@updraft/core';
import {
  type ActionStatusEntry,
  actionStatus,
  messagesOfReport,
  type PageQuery,
  REPORT_SEARCH,
  reportStatus,
} from '@updraft/protocols/hawkbit-management';
import { type AssignmentDetail, REPORT_LIST, type ReportRow, selectReports } from '@updraft/store';
import type { ManagementParts, ManagementRefusal } from './handler.ts';
import { answerList, envelopeOf, searchable } from './read-list.ts';

const REPORTS = searchable(REPORT_LIST, REPORT_SEARCH, { defaultOrder: { field: 'id', descending: true } });

type Answer = { readonly ok: ReturnType<typeof envelopeOf<ActionStatusEntry>> } | ManagementRefusal;

/**
 * What was said of an action: its device's reports, and before them that it was made. That is no report of ours and has
 * the id 0, so that it is the first by any order but the last of the newest first.
 */
export async function actionStatusList(
  { longReader }: Pick<ManagementParts['store'], 'longReader'>,
  row: AssignmentDetail,
  query: PageQuery,
): Promise<Answer> {
  const isFirst = /:asc$/i.test(query.sort ?? '');
  const { offset, limit } = query;
  const shifted = isFirst
    ? { ...query, offset: Math.max(offset - 1, 0), limit: offset === 0 ? limit - 1 : limit }
    : query;
  const source = { reader: longReader, query: selectReports(longReader, row.id) };
  const answer = await answerList(source, { list: REPORTS, query: shifted }, (rows) => rows.map(reportEntry));
  if ('error' in answer) return answer;
  const { content, total } = answer.ok;
  if (isFirst) return { ok: envelopeOf(offset === 0 ? [beginning(row), ...content] : content, total + 1) };
  const isShown = offset <= total && content.length < limit;
  return { ok: envelopeOf(isShown ? [...content, beginning(row)] : content, total + 1) };
}

function beginning(row: AssignmentDetail): ActionStatusEntry {
  const isWaiting = row.standing === 'scheduled' || row.standing === 'awaiting-consent';
  return {
    id: 0,
    type: isWaiting ? actionStatus(row.standing).status : 'running',
    messages: [`Assignment initiated by user '${row.created_by}'`],
    reportedAt: row.created_at,
    timestamp: row.created_at,
  };
}

function reportEntry(row: ReportRow): ActionStatusEntry {
  const kind = row.kind as ReportKind;
  const deviceAt = deviceMoment(row.device_at ?? '');
  return {
    id: row.id,
    type: reportStatus(kind),
    messages: [...messagesOfReport(kind, JSON.parse(row.details) as string[], row.code)],
    reportedAt: row.at,
    timestamp: Number.isNaN(deviceAt) ? row.at : deviceAt,
    code: row.code,
  };
}

/** Epoch ms of what a device wrote as its time: a number of ms, or a date; NaN where it is neither. */
function deviceMoment(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
}
