import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { withExamples } from '../help-page.ts';
import { releaseId, rolloutId } from '../lookup.ts';
import { countOption, wholeOption } from '../option-values.ts';
import { agoText } from '../output/figures.ts';
import { listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';
import type { Shell } from '../shell.ts';
import { forecastCommand, simulateCommand } from './rollout-forecast.ts';
import { endedOf, rolloutLines } from './rollout-lines.ts';
import { releaseText, stateStyle } from './shown-state.ts';
import { timeLimitOption, timeLimitsOf } from './time-limit-option.ts';
import type { TimeLimitOptions } from './time-limit-option.ts';
import { watchRollout } from './watch-rollout.ts';

type RolloutRow = CallAnswer<'rollouts.show'>;
type CreateOptions = TimeLimitOptions & {
  readonly release: string;
  readonly filter?: string;
  readonly description?: string;
  readonly weight?: number;
  readonly start?: boolean;
  readonly watch?: boolean;
};

const STEPS = {
  start: 'start a rollout',
  pause: 'pause: who has begun goes on, nobody new begins',
  resume: 'go on with a paused rollout',
  stop: 'stop for good: who has begun is asked to cancel',
} as const;

/** `updraft rollout …` */
export function rolloutCommand(shell: Shell): Command {
  const rollout = new Command('rollout')
    .summary('rollouts: a release for many devices')
    .description('A rollout brings one release to the devices of a filter. Name it by its name or its id.');
  rollout.addCommand(createCommand(shell));
  for (const [step, summary] of Object.entries(STEPS))
    rollout.addCommand(stepCommand(shell, step as keyof typeof STEPS, summary));
  rollout.addCommand(watchCommand(shell));
  rollout.addCommand(listCommand(shell));
  rollout.addCommand(showCommand(shell));
  rollout.addCommand(forecastCommand(shell));
  rollout.addCommand(simulateCommand(shell));
  return rollout;
}

function createCommand(shell: Shell): Command {
  const command = timeLimitOption(
    new Command('create')
      .summary('make a rollout')
      .argument('<name>', 'its name')
      .requiredOption('--release <name@version>', 'the release, or its id')
      .option('--filter <rsql>', 'which devices (see "updraft help filters"); without it, all that fit the release')
      .option('--description <text>', 'a note for people')
      .option('--weight <0-1000>', 'which of several assignments of a device goes first (1000)', wholeOption)
      .option('--start', 'start it as soon as it is made')
      .option('--watch', 'start it, and watch it to its end'),
  ).action(async (name: string, options: CreateOptions, self: Command) => {
    const session = await openSession(shell, self);
    const rollout = await createRollout(session, name, options);
    if (options.watch === true) return watchRollout(session, rollout.id, 1);
    session.print.show(rollout, () => [
      `${rollout.name} is ${rollout.state}.`,
      options.start === true
        ? `Watch it with "updraft rollout watch ${rollout.name}".`
        : `Start it with "updraft rollout start ${rollout.name}".`,
    ]);
  });
  return withExamples(command, [
    "updraft rollout create spring --release gateway-os@2.1.0 --filter 'type==board-a' --start",
    'updraft rollout watch spring',
  ]);
}

async function createRollout(session: Session, name: string, options: CreateOptions): Promise<RolloutRow> {
  return session.api.call('rollouts.create', {
    body: {
      name,
      release: await releaseId(session, options.release),
      start: options.start === true || options.watch === true,
      ...(options.filter === undefined ? {} : { filter: options.filter }),
      ...(options.description === undefined ? {} : { description: options.description }),
      ...(options.weight === undefined ? {} : { weight: options.weight }),
      ...timeLimitsOf(options),
    },
  });
}

function stepCommand(shell: Shell, step: keyof typeof STEPS, summary: string): Command {
  return new Command(step)
    .summary(summary)
    .argument('<rollout>', 'its name or id')
    .action(async (reference: string, _: object, self: Command) => {
      const session = await openSession(shell, self);
      const rollout = await session.api.call(`rollouts.${step}`, {
        params: { id: await rolloutId(session, reference) },
      });
      session.print.show(rollout, () => [`${rollout.name} is ${rollout.state}.`]);
    });
}

function watchCommand(shell: Shell): Command {
  const command = new Command('watch')
    .summary('watch a rollout to its end')
    .description(
      'Shows how many devices are where, how fast it goes and how long it will take, until the rollout ends. Exit status: 0 every device has the release, 1 some have not, 7 it was stopped. With --json it prints the rollout at its end.',
    )
    .argument('<rollout>', 'its name or id')
    .option('--interval <seconds>', 'how often to look', countOption, 1)
    .action(async (reference: string, options: { readonly interval: number }, self: Command) => {
      const session = await openSession(shell, self);
      await watchRollout(session, await rolloutId(session, reference), options.interval);
    });
  return withExamples(command, ['updraft rollout watch spring && echo "all updated"']);
}

function listCommand(shell: Shell): Command {
  return listOptions(new Command('list').summary('list rollouts')).action(
    async (options: ListOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      await print.list<RolloutRow>(
        pages((query) => api.call('rollouts.list', { query }), options),
        [
          { title: 'ROLLOUT', value: (row) => row.name },
          { title: 'RELEASE', value: (row) => releaseText(row.release) },
          { title: 'STATE', value: (row) => row.state, style: (row) => stateStyle(row.state) },
          { title: 'DEVICES', value: (row) => String(row.total), align: 'right' },
          { title: 'ENDED', value: (row) => String(endedOf(row)), align: 'right' },
          {
            title: 'FAILED',
            value: (row) => String(row.counts.failed ?? 0),
            align: 'right',
            style: (row) => (row.counts.failed ? 'red' : undefined),
          },
          { title: 'MADE', value: (row) => agoText(row.createdAt, shell.now()) },
        ],
        'There is no rollout. Make one with "updraft rollout create NAME --release NAME@VERSION".',
      );
    },
  );
}

function showCommand(shell: Shell): Command {
  return new Command('show')
    .summary('show a rollout with its counts')
    .argument('<rollout>', 'its name or id')
    .action(async (reference: string, _: object, self: Command) => {
      const session = await openSession(shell, self);
      const rollout = await session.api.call('rollouts.show', { params: { id: await rolloutId(session, reference) } });
      session.print.show(rollout, () => rolloutLines(rollout, shell, session.print.paint));
    });
}
