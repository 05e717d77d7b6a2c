import { RolloutDraft, type CallInput } from '@updraft/protocols';
import type { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { releaseId } from '../lookup.ts';
import { repeatable, wholeOption } from '../option-values.ts';
import type { Session } from '../session.ts';
import { PHASE_FORM, phaseFrom } from './phase-option.ts';
import { mergedPolicy, policyOf, policyOptions, type PolicyOptions } from './policy-options.ts';
import { readYamlFile } from './yaml-file.ts';

export type Draft = CallInput<'rollouts.preview'>['body'];

export type DraftOptions = PolicyOptions & {
  readonly file?: string;
  readonly release?: string;
  readonly filter?: string;
  readonly description?: string;
  readonly weight?: number;
  readonly phase?: readonly string[];
  readonly start?: boolean;
};

/** What describes a rollout before it is made: options, a YAML file of the API's fields, or both, where an option wins. */
export function draftOptions(command: Command): Command {
  return policyOptions(
    command
      .option('--file <yaml>', 'the draft as a file: release, filter, policy and phases, with the names of the API')
      .option('--release <name@version>', 'the release, or its id')
      .option('--filter <rsql>', 'which devices (see "updraft help filters"); without it, all that fit the release')
      .option('--description <text>', 'a note for people')
      .option('--weight <0-1000>', 'which of several assignments of a device goes first (1000)', wholeOption)
      .option('--phase <size,setting…>', `one phase, in order; repeatable. ${PHASE_FORM}`, repeatable)
      .option('--start', 'start it as soon as it is made and approved'),
  );
}

/** The draft that the options and the file mean, with the id of its release. */
export async function draftOf(session: Session, options: DraftOptions): Promise<Draft> {
  const { file, release: named, filter, description, weight, phase, start } = options;
  const base: Partial<Draft> = file === undefined ? {} : await readYamlFile<Partial<Draft>>(file, FILE);
  const release = named ?? base.release;
  if (release === undefined)
    throw usageError('usage', 'Say which release: --release NAME@VERSION, or "release" in the file.');
  const policy = mergedPolicy(base.policy, policyOf(options));
  return {
    ...base,
    release: await releaseId(session, release),
    ...(filter === undefined ? {} : { filter }),
    ...(description === undefined ? {} : { description }),
    ...(weight === undefined ? {} : { weight }),
    ...(policy === undefined ? {} : { policy }),
    ...(phase === undefined ? {} : { phases: phase.map(phaseFrom) }),
    ...(start === undefined ? {} : { start }),
  };
}

/** In a file a release may stand by its name. */
const FILE = RolloutDraft.extend({ release: RolloutDraft.shape.description }).partial();
