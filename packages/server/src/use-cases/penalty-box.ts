import { penaltyCountsFrom, penaltyUntil } from '@updraft/core';
import {
  appendEvent,
  failuresOf,
  penaltyOf,
  setPenalty,
  type CommandContext,
  type StoredAssignment,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';

/**
 * Sets a device aside whose attempts fail again and again: until its time is over, or until somebody releases it, it is
 * offered nothing new. What it has begun goes on. The end of its time is nobody's act and writes nothing; the event says
 * when it is.
 */
export async function setAsideWhereTooMany(
  context: CommandContext,
  scope: Scope,
  { tenant, device, deviceName }: StoredAssignment,
): Promise<void> {
  const { now } = context;
  const { rule, failuresSince } = await penaltyOf(context.db, tenant, device);
  if (rule.failures === 0) return;
  const failures = await failuresOf(context.db, device, penaltyCountsFrom(rule, failuresSince, now));
  const until = penaltyUntil(rule, failures, now);
  if (until === null) return;
  await setPenalty(context, device, until);
  await appendEvent(context, {
    tenant,
    name: 'device.set-aside',
    actor: scope.actor,
    subject: { kind: 'device', id: deviceName },
    data: { reason: 'failures', failures, withinSeconds: rule.withinSeconds, until: new Date(until).toISOString() },
  });
}
