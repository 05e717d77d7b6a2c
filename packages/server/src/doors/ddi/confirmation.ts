import { areTooMany, DdiAutoConfirm, DdiConfirmation, ddiActionStatus, ddiConfirmationBase } from '@updraft/protocols';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ConsentOutcome } from '../../use-cases/consent-commands.ts';
import { actionBodyOf } from './action-body.ts';
import { askingDevice, askingOf } from './authenticate.ts';
import { settledDevice } from './deployment.ts';
import { DDI_BASE, type DdiDoor } from './door.ts';
import { sendDdiError, sendEmpty } from './errors.ts';
import { findDevice, sendNotFound } from './first-contact.ts';
import { sendJson, sendValue } from './json-answer.ts';
import { requestValue } from './request-value.ts';
import { urgencyOf } from './urgency.ts';
import { parseWireId } from './wire-id.ts';
import { awaitsConsent, workLink } from './work-link.ts';

const BASE = `${DDI_BASE}/confirmationBase`;

/** Whether a device's user is asked, and what waits for that; beside the poll the one address at which a device joins. */
export function confirmationBaseRoute(app: FastifyInstance, door: DdiDoor): void {
  app.get(BASE, async (request, reply) => {
    const found = await findDevice(door, request, request.params as Parameters<typeof findDevice>[2]);
    if (found.outcome !== 'found') return sendNotFound(reply, found);
    door.contacts.note(found.device.id);
    const asking = askingOf(door, request, found);
    const state = await settledDevice(door, request, asking);
    const waiting = workLink(asking.address, state).confirmationBase?.href ?? null;
    const auto = await door.autoConsentOf(found.device.id);
    return sendValue({ request, reply }, ddiConfirmationBase(asking.address, auto, waiting));
  });
}

/** What a device's user says: of one action, or of all that will come. */
export function confirmationRoutes(app: FastifyInstance, door: DdiDoor): void {
  app.get(`${BASE}/:action`, async (request, reply) => {
    const asking = askingDevice(request);
    const number = parseWireId(request.params);
    const state = await settledDevice(door, request, asking);
    const { current, device } = state;
    if (number === null || current === null || awaitsConsent(state) !== number) return sendAbsent(door, request, reply);
    const attemptId = device.open.find(({ assignment }) => assignment.id === current.id)?.attemptId ?? null;
    const { policy } = current.rollout;
    const traits = { isRetrieved: false, isDownloadOnly: policy.action.kind === 'download-only' };
    const action = {
      id: number,
      release: current.release.id,
      urgency: urgencyOf(current, device.readAt),
      attemptId,
      status: ddiActionStatus('awaiting-consent', traits),
    };
    const body = await actionBodyOf(door, request, { action, name: 'confirmation' });
    return sendJson({ request, reply }, body);
  });

  app.post(`${BASE}/:action/feedback`, async (request, reply) => answerConsent(door, request, reply));
  app.post(`${BASE}/activateAutoConfirm`, async (request, reply) => activate(door, request, reply));
  app.post(`${BASE}/deactivateAutoConfirm`, async (request, reply) => {
    const { scope, device } = askingDevice(request);
    const { outcome } = await door.commands.run('device.ask-consent', { scope, name: device.facts.name });
    return outcome === 'changed' ? sendEmpty(reply, 200) : sendDdiError(reply, NOT_FOUND);
  });
}

const NOT_FOUND = 'hawkbit.server.error.repo.entityNotFound';

/** Its action does not wait: not found without a word, as hawkBit says it; never its action: it does not exist. */
async function sendAbsent(door: DdiDoor, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { tenant, device } = askingDevice(request);
  const number = parseWireId(request.params);
  const isIts =
    number !== null && (await door.attempts.find({ tenant: tenant.id, device: device.id, number })) !== null;
  return isIts ? sendEmpty(reply, 404) : sendDdiError(reply, NOT_FOUND);
}

async function answerConsent(door: DdiDoor, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const said = requestValue(request, DdiConfirmation);
  if (said === null) return sendDdiError(reply, 'hawkbit.server.error.rest.body.notReadable');
  const { confirmation, code, details } = said;
  if (areTooMany(details)) return sendDdiError(reply, 'hawkbit.server.error.quota.tooManyEntries');
  const { scope, device } = askingDevice(request);
  const number = parseWireId(request.params);
  if (number === null) return sendDdiError(reply, NOT_FOUND);
  const consent = confirmation === 'confirmed' ? ('given' as const) : ('declined' as const);
  const report = { deviceAt: null, code: code ?? null, details };
  const input = { scope, device: device.id, number, consent, report };
  return answer(reply, await door.commands.run('attempt.answer-consent', input));
}

function answer(reply: FastifyReply, { outcome }: ConsentOutcome): FastifyReply {
  switch (outcome) {
    case 'kept':
      return sendEmpty(reply, 200);
    case 'ended':
      return sendEmpty(reply, 410);
    case 'not-awaited':
      return sendEmpty(reply, 404);
    case 'unknown':
      return sendDdiError(reply, NOT_FOUND);
  }
}

const NOBODY_SAYS_WHY: DdiAutoConfirm = { initiator: '', remark: '' };

async function activate(door: DdiDoor, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const isSaid = Buffer.isBuffer(request.body) && request.body.length > 0;
  const said = isSaid ? requestValue(request, DdiAutoConfirm) : NOBODY_SAYS_WHY;
  if (said === null) return sendDdiError(reply, 'hawkbit.server.error.rest.body.notReadable');
  const { scope, device } = askingDevice(request);
  const { initiator: by, remark: note } = said;
  const result = await door.commands.run('device.auto-consent', { scope, name: device.facts.name, by, note });
  if (result.outcome === 'changed') return sendEmpty(reply, 200);
  const isActive = result.code === 'change-not-possible';
  return sendDdiError(reply, isActive ? 'hawkbit.server.error.repo.autoConfAlreadyActive' : NOT_FOUND);
}
