import {
  appendEvent,
  findByWireId,
  insertReport,
  loadAssignment,
  readDeviceAtContact,
  takeDevice,
  type CommandContext,
  type NewReport,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { stepAttempt } from './attempt-step.ts';
import { isOver } from './report-commands.ts';

export type ConsentInput = {
  readonly scope: Scope;
  readonly device: number;
  /** The wire id of what its user was asked about. */
  readonly number: number;
  readonly consent: 'given' | 'declined';
  readonly report: Omit<NewReport, 'kind'>;
};

/** `ended`: it is over. `not-awaited`: nobody was asked, or it was answered before. `unknown`: never this device's. */
export type ConsentOutcome = { readonly outcome: 'kept' | 'ended' | 'unknown' | 'not-awaited' };

export const consentCommands = { 'attempt.answer-consent': answerConsent };

/** Takes what a device's user says, told by the device itself. */
async function answerConsent(context: CommandContext, input: ConsentInput): Promise<ConsentOutcome> {
  const { scope, device, number, consent } = input;
  const found = await findByWireId(context.db, scope.tenant, number);
  if (found?.device !== device || !(await takeDevice(context, scope.tenant, device))) return { outcome: 'unknown' };
  const stored = await loadAssignment(context.db, found.id);
  if (stored === undefined) return { outcome: 'unknown' };
  if (isOver(stored, number)) return { outcome: 'ended' };
  if (stored.phaseState !== 'started') return { outcome: 'not-awaited' };
  const step = await stepAttempt(context, scope, {
    assignment: found.id,
    input: { type: `consent-${consent}` },
    stored,
  });
  if (step.outcome !== 'changed' || step.attemptId === null) return { outcome: 'not-awaited' };
  await insertReport(context, step.attemptId, { ...input.report, kind: `consent-${consent}` });
  await appendEvent(context, {
    tenant: scope.tenant,
    name: `attempt.consent-${consent}`,
    actor: scope.actor,
    subject: { kind: 'attempt', id: String(number) },
    data: { device: scope.actor, assignment: stored.number, note: input.report.details.join('; ') },
  });
  return { outcome: 'kept' };
}

/**
 * Gives consent to all that waits for it, of a device whose user wants no more questions. The caller has taken the
 * device's row.
 */
export async function giveWaitingConsents(context: CommandContext, scope: Scope, device: number): Promise<void> {
  const at = await readDeviceAtContact(context.db, device, context.now);
  if (at === null || !at.device.autoConsent) return;
  for (const { id, rollout, consent } of at.open) {
    const isAsked = rollout.policy.consent.required && consent !== 'given';
    if (isAsked && rollout.state === 'running' && rollout.phaseState === 'started')
      await stepAttempt(context, scope, { assignment: id, input: { type: 'consent-given' } });
  }
}
