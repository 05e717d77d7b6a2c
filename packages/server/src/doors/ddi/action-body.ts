import { ddiActionBody } from '@updraft/protocols';
import type { ReportRow } from '@updraft/store';
import { askingDevice } from './authenticate.ts';
import { templateOf } from './description-template.ts';
import type { DdiDoor } from './door.ts';
import type { DdiRequest } from './exchange.ts';
import { jsonEtag } from './json-answer.ts';
import type { DescriptionTemplate, JsonAnswer, ToldAction } from './known-answers.ts';

/** hawkBit shows so many messages at most, whatever is asked for. */
const MAX_SHOWN_MESSAGES = 100;

/** What describes an action, with as much of its history as the request asks for. */
export async function actionBodyOf(
  door: DdiDoor,
  request: DdiRequest,
  { action, name = 'deployment' }: { readonly action: ToldAction; readonly name?: 'deployment' | 'confirmation' },
): Promise<JsonAnswer> {
  const asking = askingDevice(request);
  const template = await templateOf(door, { asking, userAgent: request.headers['user-agent'] }, action.release);
  const messages = await messagesOf(door, action.attemptId, wantedMessages(request));
  if (messages.length === 0 && name === 'deployment') return describe(template, action, asking.address.controller);
  const history = messages.length === 0 ? null : { status: action.status, messages };
  const { id, urgency } = action;
  const body = ddiActionBody({ id, urgency, chunks: chunksFor(template, asking.address.controller), history }, name);
  return { body, etag: jsonEtag(body) };
}

/** The description of an action to a device, without its history. Its tag stands for all that may differ under its address. */
export function describe(template: DescriptionTemplate, { id, urgency }: ToldAction, controller: string): JsonAnswer {
  const { download, update, maintenanceWindow } = urgency;
  const moment = `${DIGIT[download]}${DIGIT[update]}${maintenanceWindow === undefined ? 0 : DIGIT[maintenanceWindow]}`;
  return {
    body: ddiActionBody({ id, urgency, chunks: chunksFor(template, controller), history: null }),
    etag: `"${template.tag}${moment}"`,
  };
}

/** Of the words of an urgency and a window, so that a tag stays hex. */
const DIGIT = { forced: 1, attempt: 2, skip: 3, available: 4, unavailable: 5 } as const;

function chunksFor({ pieces }: DescriptionTemplate, controller: string): string {
  return pieces.join(encodeURIComponent(controller));
}

/** `actionHistory`: 0 or nothing for none, less than 0 for all that may be shown. What is no number counts as nothing. */
function wantedMessages(request: DdiRequest): number {
  const { actionHistory } = request.query as { readonly actionHistory?: string };
  const wanted = /^-?\d{1,9}$/.test(actionHistory ?? '') ? Number(actionHistory) : 0;
  return wanted < 0 ? MAX_SHOWN_MESSAGES : Math.min(wanted, MAX_SHOWN_MESSAGES);
}

/** What the device said itself, the newest first. */
async function messagesOf(door: DdiDoor, attemptId: number | null, wanted: number): Promise<readonly string[]> {
  if (attemptId === null || wanted === 0) return [];
  const reports = await door.attempts.newestReports(attemptId, MAX_SHOWN_MESSAGES);
  return reports.flatMap(messagesIn).slice(0, wanted);
}

function messagesIn({ details, code }: ReportRow): readonly string[] {
  const said = JSON.parse(details) as readonly string[];
  return code === null ? said : [...said, `Device reported status code: ${code}`];
}
