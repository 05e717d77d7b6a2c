import { Command } from 'commander';
import { withExamples } from '../help-page.ts';
import { rolloutId } from '../lookup.ts';
import { countOption } from '../option-values.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';

const ACTS = {
  approve: 'approve: by another person than its authors',
  deny: 'deny: it is stopped before it began',
  start: 'start a rollout',
  pause: 'pause: who has begun goes on, nobody new begins',
  resume: 'go on with a paused rollout',
  stop: 'stop for good: who has begun is asked to cancel',
} as const;

const PHASE_ACTS = {
  'start-phase': 'start a phase by hand, whatever it waits for',
  'skip-phase': 'skip a phase that has not started: its devices end as canceled',
} as const;

/** `updraft rollout approve|deny|start|pause|resume|stop|start-phase|skip-phase` */
export function actCommands(shell: Shell): readonly Command[] {
  return [
    ...Object.entries(ACTS).map(([act, summary]) => actCommand(shell, act as keyof typeof ACTS, summary)),
    ...Object.entries(PHASE_ACTS).map(([act, summary]) => phaseCommand(shell, act as keyof typeof PHASE_ACTS, summary)),
  ];
}

function actCommand(shell: Shell, act: keyof typeof ACTS, summary: string): Command {
  return new Command(act)
    .summary(summary)
    .argument('<rollout>', 'its name or id')
    .action(async (reference: string, _: object, self: Command) => {
      const session = await openSession(shell, self);
      const params = { id: await rolloutId(session, reference) };
      const rollout = await session.api.call(`rollouts.${act}`, { params });
      session.print.show(rollout, () => [`${rollout.name} is ${rollout.state}.`]);
    });
}

function phaseCommand(shell: Shell, act: keyof typeof PHASE_ACTS, summary: string): Command {
  const command = new Command(act)
    .summary(summary)
    .argument('<rollout>', 'its name or id')
    .argument('<phase>', 'the number of the phase', countOption)
    .action(async (reference: string, number: number, _: object, self: Command) => {
      const session = await openSession(shell, self);
      const params = { id: await rolloutId(session, reference), number };
      const rollout = await session.api.call(`rollouts.${act}`, { params });
      const phase = rollout.phases.find((one) => one.number === number);
      session.print.show(rollout, () => [`Phase ${number} of ${rollout.name} is ${phase?.state ?? 'gone'}.`]);
    });
  return withExamples(command, [`updraft rollout ${act} spring 2`]);
}
