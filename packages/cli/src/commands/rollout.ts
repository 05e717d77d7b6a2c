import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { withExamples } from '../help-page.ts';
import { rolloutId } from '../lookup.ts';
import { countOption } from '../option-values.ts';
import { agoText, localTimeText } from '../output/figures.ts';
import { listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';
import { forecastCommand, simulateCommand } from './rollout-forecast.ts';
import { actCommands } from './rollout-acts.ts';
import { changeCommand, changeText, revisionsCommand } from './rollout-change.ts';
import { createCommand, previewCommand } from './rollout-create.ts';
import { endedOf, rolloutLines } from './rollout-lines.ts';
import { linkCommands } from './rollout-links.ts';
import { releaseText, stateStyle, stateText } from './shown-state.ts';
import { watchRollout } from './watch-rollout.ts';

type RolloutRow = CallAnswer<'rollouts.show'>;

/** `updraft rollout …` */
export function rolloutCommand(shell: Shell): Command {
  const rollout = new Command('rollout')
    .summary('rollouts: a release for many devices')
    .description('A rollout brings one release to the devices of a filter. Name it by its name or its id.');
  rollout.addCommand(createCommand(shell));
  rollout.addCommand(previewCommand(shell));
  for (const act of actCommands(shell)) rollout.addCommand(act);
  rollout.addCommand(changeCommand(shell));
  for (const link of linkCommands(shell)) rollout.addCommand(link);
  rollout.addCommand(revisionsCommand(shell));
  rollout.addCommand(watchCommand(shell));
  rollout.addCommand(listCommand(shell));
  rollout.addCommand(showCommand(shell));
  rollout.addCommand(forecastCommand(shell));
  rollout.addCommand(simulateCommand(shell));
  return rollout;
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
          { title: 'STATE', value: (row) => stateText(row), style: (row) => stateStyle(row.state) },
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
    .summary('show a rollout: its phases, its policy, and who changed it last')
    .argument('<rollout>', 'its name or id')
    .action(async (reference: string, _: object, self: Command) => {
      const session = await openSession(shell, self);
      const params = { id: await rolloutId(session, reference) };
      const rollout = await session.api.call('rollouts.show', { params });
      const query = { limit: REVISIONS_SHOWN };
      const { items, total } = await session.api.call('rollouts.revisions', { params, query });
      session.print.show(rollout, () => [
        ...rolloutLines(rollout, shell, session.print.paint),
        ...items.map((row) => `changed ${localTimeText(row.at, shell.timeZone)} by ${row.actor}: ${changeText(row)}`),
        ...(total > items.length ? [`… ${total} changes: "updraft rollout revisions ${rollout.name}"`] : []),
      ]);
    });
}

const REVISIONS_SHOWN = 3;
