import type { AssignmentState } from '@updraft/core';
import {
  appendEvent,
  type CommandContext,
  findAssignment,
  findAssignmentByNumber,
  removeAssignment,
  takeDevices,
} from '@updraft/store';
import type { Scope } from '../access/scope.ts';
import { refused } from './outcome.ts';

export const forgetAssignmentsCommand = { 'assignment.forget': forget };

/** Removes assignments that have ended, with all that was said of them: all of these, or none. */
async function forget(
  context: CommandContext,
  input: {
    readonly scope: Scope;
    readonly numbers: readonly number[];
    /** They must be this device's; null: anybody's. */
    readonly device: number | null;
    /** They must have ended so. */
    readonly states: readonly AssignmentState[];
  },
) {
  const { scope, device } = input;
  const numbers = [...new Set(input.numbers)];
  const found: { readonly id: number; readonly device: number }[] = [];
  for (const number of numbers) {
    const one = await findAssignmentByNumber(context.db, scope.tenant, number);
    if (one === undefined || (device !== null && one.device !== device)) return { ...refused('not-found'), number };
    found.push(one);
  }
  await takeDevices(context, [...new Set(found.map((one) => one.device))]);
  for (const number of numbers) {
    const row = await findAssignment(context.db, scope.tenant, number);
    if (row !== undefined && (row.ended_at === null || !input.states.includes(row.state)))
      return { ...refused('change-not-possible'), number };
  }
  for (const { id } of found) await removeAssignment(context, id);
  if (numbers.length > 0) await note(context, scope, numbers);
  return { outcome: 'forgotten' as const };
}

async function note(context: CommandContext, scope: Scope, numbers: readonly number[]): Promise<void> {
  await appendEvent(context, {
    tenant: scope.tenant,
    name: 'assignment.forgotten',
    actor: scope.actor,
    subject: { kind: 'assignments', id: String(numbers.length) },
    data: { numbers },
  });
}
