import type { Command } from 'commander';
import { ApiProblem } from '@updraft/protocols';
import { CliError, usageError } from '../cli-error.ts';
import { quoted } from '../lookup.ts';
import type { Session } from '../session.ts';

export type ReferenceOptions = { readonly device?: boolean; readonly assignment?: boolean };
type Wanted = ReferenceOptions & {
  /** The newest that has ended will do where nothing is current. */
  readonly orEnded?: boolean;
};

/** For commands that take the name of a device, or the number of an assignment. */
export function referenceOptions(command: Command): Command {
  return command
    .option('--device', 'the argument is a device, although it is a number')
    .option('--assignment', 'the argument is an assignment, although a device has this name');
}

/** The assignment that is meant: the one of that number, or the current one of that device. */
export async function assignmentNumber(session: Session, reference: string, options: Wanted): Promise<number> {
  const isNumber = /^[1-9]\d{0,9}$/.test(reference);
  if (options.assignment === true && !isNumber)
    throw usageError('usage', `"${reference}" is not the number of an assignment.`);
  if (isNumber && options.assignment === true) return Number(reference);
  const device = await findDevice(session, reference);
  if (isNumber && options.device !== true) {
    if (device === null) return Number(reference);
    throw usageError('name-unclear', `There is a device called ${reference}: say --device or --assignment.`);
  }
  if (device === null) throw new CliError('missing', 'not-found', `There is no device "${reference}".`);
  const number =
    device.assignment?.number ?? (options.orEnded === true ? await newestNumber(session, reference) : undefined);
  if (number === undefined) throw new CliError('conflict', 'nothing-assigned', `${reference} is assigned nothing.`);
  return number;
}

async function newestNumber({ api }: Session, device: string): Promise<number | undefined> {
  const query = { filter: `device==${quoted(device)}`, sort: '-number', limit: 1 };
  const [newest] = (await api.call('assignments.list', { query })).items;
  return newest?.number;
}

async function findDevice({ api }: Session, device: string) {
  try {
    return await api.call('devices.show', { params: { device } });
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'not-found') return null;
    throw error;
  }
}
