import type { CallAnswer } from '@updraft/protocols';
import { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { ExitStatus } from '../exit-status.ts';
import { withExamples } from '../help-page.ts';
import type { Printer } from '../output/printer.ts';
import { shellWord } from '../output/shell-word.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';
import { draftOf, draftOptions, type DraftOptions } from './rollout-draft.ts';
import { previewLines } from './preview-lines.ts';
import { watchRollout } from './watch-rollout.ts';

type Warnings = CallAnswer<'rollouts.create'>['warnings'];
type CreateOptions = DraftOptions & { readonly watch?: boolean };

/** `updraft rollout create` */
export function createCommand(shell: Shell): Command {
  const command = draftOptions(
    new Command('create')
      .summary('make a rollout')
      .description(
        'Makes a rollout of what the options and the file say. A rollout that cannot be meant is refused with what to change; one that may surprise is made, and what may surprise is told. See what it would do before with "updraft rollout preview".',
      )
      .argument('[name]', 'its name; else that of the file'),
  )
    .option('--watch', 'start it, unless it says when, and watch it to its end')
    .action(async (named: string | undefined, options: CreateOptions, self: Command) => {
      const session = await openSession(shell, self);
      const draft = await draftOf(session, options);
      const name = named ?? draft.name;
      if (name === undefined) throw usageError('usage', 'Give the rollout a name, as an argument or in the file.');
      const start = options.watch === true && draft.policy?.start === undefined ? { start: true } : {};
      const rollout = await session.api.call('rollouts.create', { body: { ...draft, ...start, name } });
      tellWarnings(session.print, rollout.warnings);
      if (options.watch === true) return watchRollout(session, rollout.id, 1);
      session.print.show(rollout, () => [`${rollout.name} is ${rollout.state}.`, nextStep(rollout)]);
    });
  return withExamples(command, [
    "updraft rollout create spring --release gateway-os@2.1.0 --filter 'type==board-a' --start",
    "updraft rollout create spring --release gateway-os@2.1.0 --phase '5%,name=canary,errors=2/2,soak=1d' --phase rest",
    "updraft rollout create spring --file spring.yaml --window '0 0 22 ? * MON-FRI for 4h' --zone Europe/Rome",
    'updraft rollout watch spring',
  ]);
}

/** `updraft rollout preview` */
export function previewCommand(shell: Shell): Command {
  const command = draftOptions(
    new Command('preview')
      .summary('what a rollout would do, before it is made')
      .description(
        'Tells how many devices each phase would have, which devices of the filter would be left out or held and why, and what is impossible or may surprise. Nothing is made. Exit status 1: it could not be made so.',
      ),
  ).action(async (options: DraftOptions, self: Command) => {
    const session = await openSession(shell, self);
    const preview = await session.api.call('rollouts.preview', { body: await draftOf(session, options) });
    session.print.show(preview, () => previewLines(preview, session.print.paint));
    if (preview.warnings.some(({ severity }) => severity === 'refused')) throw new ExitStatus('refused');
  });
  return withExamples(command, ["updraft rollout preview --release gateway-os@2.1.0 --phase '10%' --phase rest"]);
}

/** What may surprise goes to stderr; with --json it stands in the answer. */
export function tellWarnings(print: Printer, warnings: Warnings): void {
  for (const { code, path, detail } of warnings) print.note(`Note: ${path}: ${detail} (${code})`);
}

/** What a person does next with a rollout that was made. */
export function nextStep({ name, state, policy }: CallAnswer<'rollouts.show'>): string {
  const rollout = shellWord(name);
  const who = policy.approval === 'by-right' ? 'somebody who has the right to approve' : 'another person';
  if (state === 'awaiting-approval') return `It waits for ${who}: "updraft rollout approve ${rollout}".`;
  if (state === 'ready' && policy.start.by === 'hand') return `Start it with "updraft rollout start ${rollout}".`;
  return `Watch it with "updraft rollout watch ${rollout}".`;
}
