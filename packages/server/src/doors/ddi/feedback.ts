import type { HeardReport } from '@updraft/core';
import { areTooMany, DdiFeedback, deviceTimeOf, meaningOfCancelFeedback, meaningOfFeedback } from '@updraft/protocols';
import type { FastifyInstance } from 'fastify';
import type { ReportOutcome } from '../../use-cases/report-commands.ts';
import { reportingDevice, type ReportingDevice } from './authenticate.ts';
import { DDI_BASE, FEEDBACK_PATH, type DdiDoor } from './door.ts';
import { sendDdiError, sendEmpty } from './errors.ts';
import type { DdiExchange, DdiReply } from './exchange.ts';
import { requestValue } from './request-value.ts';
import { parseWireId } from './wire-id.ts';

/** What devices say about an action and about its cancellation. */
export function feedbackRoutes(app: FastifyInstance, door: DdiDoor): void {
  app.post(FEEDBACK_PATH, async (request, reply) => takeFeedback(door, { request, reply }));

  // The body's id is that of the action to stop, the path's that of the cancellation: they need not be equal.
  app.post(`${DDI_BASE}/cancelAction/:action/feedback`, async (request, reply) => {
    const feedback = requestValue(request, DdiFeedback);
    if (feedback === null) return sendDdiError(reply, 'hawkbit.server.error.rest.body.notReadable');
    return take(door, { request, reply }, { about: 'cancel', feedback, heard: meaningOfCancelFeedback(feedback) });
  });
}

/** A report on an update. */
export async function takeFeedback(door: DdiDoor, { request, reply }: DdiExchange): Promise<DdiReply> {
  const feedback = requestValue(request, DdiFeedback);
  if (feedback === null) return sendDdiError(reply, 'hawkbit.server.error.rest.body.notReadable');
  const heard = meaningOfFeedback(feedback, request.headers['user-agent']);
  return take(door, { request, reply }, { about: 'update', feedback, heard });
}

type Said = { readonly about: 'update' | 'cancel'; readonly feedback: DdiFeedback; readonly heard: HeardReport };

async function take(
  door: DdiDoor,
  { request, reply }: DdiExchange,
  { about, feedback, heard }: Said,
): Promise<DdiReply> {
  const reporting = reportingDevice(request);
  const number = parseWireId(request.params);
  if (number === null) return sendDdiError(reply, 'hawkbit.server.error.repo.entityNotFound');
  const { code, details } = feedback.status;
  if (areTooMany(details)) return sendDdiError(reply, 'hawkbit.server.error.quota.tooManyEntries');
  const report = { deviceAt: deviceTimeOf(feedback), code: code ?? null, details };
  const taken = await door.takeReport({
    scope: reporting.scope,
    device: reporting.device,
    number,
    ...bearerOf(reporting, number),
    about,
    heard,
    report,
  });
  return answer(reply, taken);
}

/** What was read with the device, so that its report's command need not look for it. */
function bearerOf({ bearers }: ReportingDevice, number: number): { readonly assignment?: number } {
  const bearer = bearers.find((one) => one.number === number);
  return bearer === undefined ? {} : { assignment: bearer.assignment };
}

/** Exactly 200, with no body: SWUpdate knows no other yes. */
function answer(reply: DdiReply, { outcome }: ReportOutcome): DdiReply {
  switch (outcome) {
    case 'kept':
      return sendEmpty(reply, 200);
    case 'too-many':
      return sendDdiError(reply, 'hawkbit.server.error.quota.tooManyEntries');
    case 'ended':
      return sendEmpty(reply, 410);
    case 'unknown':
      return sendDdiError(reply, 'hawkbit.server.error.repo.entityNotFound');
    case 'not-cancelable':
      return sendDdiError(reply, 'hawkbit.server.error.action.notCancelable');
  }
}
