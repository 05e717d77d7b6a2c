import { Command } from 'commander';
import { MAX_COUNTED_TOTAL } from '@updraft/protocols';
import type { CallAnswer } from '@updraft/protocols';
import { agoText } from '../output/figures.ts';
import { listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';
import { removeEach } from './remove.ts';

type TagRow = CallAnswer<'tags.list'>['items'][number];

/** `updraft tag …` */
export function tagCommand(shell: Shell): Command {
  const tag = new Command('tag')
    .summary('tags: labels of devices')
    .description('A device may bear many tags. "updraft device tag" puts one on, "updraft device untag" takes it off.');
  tag.addCommand(listCommand(shell));
  tag.addCommand(removeCommand(shell));
  return tag;
}

function listCommand(shell: Shell): Command {
  return listOptions(new Command('list').summary('list tags')).action(async (options: ListOptions, self: Command) => {
    const { api, print } = await openSession(shell, self);
    await print.list<TagRow>(
      pages((query) => api.call('tags.list', { query }), options),
      [
        { title: 'TAG', value: (row) => row.name },
        { title: 'DEVICES', value: (row) => countText(row), align: 'right' },
        { title: 'MADE', value: (row) => agoText(row.createdAt, shell.now()) },
      ],
      'There is no tag. Put one on with "updraft device tag TAG DEVICE".',
    );
  });
}

function countText({ devices }: TagRow): string {
  return devices >= MAX_COUNTED_TOTAL ? `${MAX_COUNTED_TOTAL}+` : String(devices);
}

function removeCommand(shell: Shell): Command {
  return new Command('rm')
    .summary('remove tags that no device bears')
    .argument('<tag...>', 'the tags')
    .action(async (tags: readonly string[], _: object, self: Command) => {
      const session = await openSession(shell, self);
      await removeEach(session, tags, async (tag) => session.api.call('tags.delete', { params: { tag } }));
    });
}
