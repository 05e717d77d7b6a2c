import { Command } from 'commander';
import { ExitStatus } from '../exit-status.ts';
import { withExamples } from '../help-page.ts';
import { rolloutId } from '../lookup.ts';
import { openSession, type Session } from '../session.ts';
import type { Shell } from '../shell.ts';
import { asideLines, problemLines } from './preview-lines.ts';
import { nextStep } from './rollout-create.ts';
import { releaseText } from './shown-state.ts';
import { watchRollout } from './watch-rollout.ts';

/** `updraft rollout clone|retry|return`: rollouts that are made from others. */
export function linkCommands(shell: Shell): readonly Command[] {
  return [cloneCommand(shell), retryCommand(shell), returnCommand(shell)];
}

function cloneCommand(shell: Shell): Command {
  const command = new Command('clone')
    .summary('make the same rollout again')
    .description(
      'Makes another rollout of the same release, filter, phases, weight and policy. Its devices are those that the filter names today, and it waits for its start.',
    )
    .argument('<rollout>', 'its name or id')
    .argument('<name>', 'the name of the new one')
    .action(async (reference: string, name: string, _: object, self: Command) => {
      const session = await openSession(shell, self);
      const params = { id: await rolloutId(session, reference) };
      const made = await session.api.call('rollouts.clone', { params, body: { name } });
      session.print.show(made, () => [
        `${made.name} is ${made.state}, with ${made.total === 1 ? '1 device' : `${made.total} devices`}.`,
        nextStep(made),
      ]);
    });
  return withExamples(command, ['updraft rollout clone spring summer']);
}

function retryCommand(shell: Shell): Command {
  const command = new Command('retry')
    .summary('try the devices of a rollout again that failed')
    .description(
      'Makes a new rollout, linked to the first, over exactly the devices that failed there. What has ended stays as it ended.',
    )
    .argument('<rollout>', 'its name or id')
    .option('--name <text>', 'the name of the new one (that of the first, with "retry" and a number)')
    .option('--start', 'start it as soon as it is made')
    .option('--watch', 'start it, and watch it to its end')
    .action(async (reference: string, options: RetryOptions, self: Command) => {
      const session = await openSession(shell, self);
      const { name, start = false, watch = false } = options;
      const body = { ...(name === undefined ? {} : { name }), start: start || watch };
      const made = await session.api.call('rollouts.retry', {
        params: { id: await rolloutId(session, reference) },
        body,
      });
      if (watch) return watchRollout(session, made.id, 1);
      session.print.show(made, () => [
        `${made.name} is ${made.state}, with ${made.total === 1 ? '1 device' : `${made.total} devices`}.`,
        nextStep(made),
      ]);
    });
  return withExamples(command, ['updraft rollout retry spring --start']);
}

type RetryOptions = { readonly name?: string; readonly start?: boolean; readonly watch?: boolean };

function returnCommand(shell: Shell): Command {
  const command = new Command('return')
    .summary('bring the devices that took the release back to what they ran before')
    .description(
      'Stops the rollout, and makes a linked rollout for each release that devices ran before they took its own. A device type has to allow it ("updraft device-type set TYPE --downgrade"), or the old content has been published again under a higher version; what hinders is said, and then nothing is stopped.',
    )
    .argument('<rollout>', 'its name or id')
    .option('--preview', 'tell what it would do, and change nothing; exit status 1: it could not be done so')
    .action(async (reference: string, { preview = false }: { readonly preview?: boolean }, self: Command) => {
      const session = await openSession(shell, self);
      const params = { id: await rolloutId(session, reference) };
      if (preview) return previewReturn(session, params);
      const made = await session.api.call('rollouts.return', { params });
      session.print.show(made, () => [
        ...made.rollouts.map(
          ({ total, release, name }) => `${total} devices go back to ${releaseText(release)}: ${name}.`,
        ),
        ...made.rollouts.flatMap(({ name, excluded }) => asideLines(`Left out of ${name}:`, excluded)),
        ...(made.rollouts.length === 0 ? ['No device is brought back.'] : []),
        ...stayingLines(made),
      ]);
    });
  return withExamples(command, ['updraft rollout return spring', 'updraft rollout return spring --preview']);
}

async function previewReturn(session: Session, params: { readonly id: string }): Promise<void> {
  const preview = await session.api.call('rollouts.preview-return', { params });
  const { paint } = session.print;
  session.print.show(preview, () => [
    ...preview.rollouts.flatMap(({ total, release, excluded, held }) => [
      `${total} devices would go back to ${releaseText(release)}.`,
      ...asideLines('Left out:', excluded),
      ...asideLines('In it, but held:', held),
    ]),
    ...(preview.rollouts.length === 0 ? ['No device would be brought back.'] : []),
    ...stayingLines(preview),
    ...problemLines(preview.warnings, paint),
  ]);
  if (preview.warnings.some(({ severity }) => severity === 'refused')) throw new ExitStatus('refused');
}

function stayingLines({ unknown, withdrawn }: { readonly unknown: number; readonly withdrawn: number }): string[] {
  return [
    ...(unknown === 0 ? [] : [`Of ${unknown} devices it is not known what they ran before; they stay.`]),
    ...(withdrawn === 0 ? [] : [`What ${withdrawn} devices ran before has been withdrawn; they stay.`]),
  ];
}
