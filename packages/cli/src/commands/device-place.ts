import { Command } from 'commander';
import { usageError } from '../cli-error.ts';
import { withExamples } from '../help-page.ts';
import { repeatable } from '../option-values.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';
import { changeDevices, namedDevices, type FilterOption } from './named-devices.ts';

type MetadataOptions = FilterOption & { readonly set?: readonly string[]; readonly remove?: readonly string[] };

/** `updraft device tag|untag|move|set-metadata`: what operators say of devices. */
export function devicePlaceCommands(shell: Shell): readonly Command[] {
  return [
    tagCommand(shell, 'tag', 'put a tag on devices; it is made where it is missing'),
    tagCommand(shell, 'untag', 'take a tag off devices'),
    moveCommand(shell),
    metadataCommand(shell),
  ];
}

const TAG_ROUTES = { tag: 'tags.put-on', untag: 'tags.take-off' } as const;

function tagCommand(shell: Shell, word: keyof typeof TAG_ROUTES, summary: string): Command {
  const command = namedDevices(new Command(word).summary(summary).argument('<tag>', 'the tag')).action(
    async (tag: string, devices: readonly string[], options: FilterOption, self: Command) => {
      const session = await openSession(shell, self);
      await changeDevices(session, { devices, ...options }, async (names) =>
        session.api.call(TAG_ROUTES[word], { params: { tag }, body: { devices: names } }),
      );
    },
  );
  return withExamples(command, [
    `updraft device ${word} canary gw-0042 gw-0043`,
    `updraft device ${word} canary --filter 'attribute.hw==rev-b'`,
  ]);
}

function moveCommand(shell: Shell): Command {
  const command = namedDevices(
    new Command('move')
      .summary('put devices into a group, or into none')
      .description('A device has one place in the tree of groups. A group that is missing is made.')
      .argument('<group|none>', 'the path of the group, such as /plants/turin/line-1'),
  ).action(async (path: string, devices: readonly string[], options: FilterOption, self: Command) => {
    const session = await openSession(shell, self);
    const group = path === 'none' ? null : path;
    await changeDevices(session, { devices, ...options }, async (names) =>
      session.api.call('groups.move', { body: { group, devices: names } }),
    );
  });
  return withExamples(command, [
    'updraft device move /plants/turin gw-0042',
    "updraft device move none --filter 'group==/old/*'",
  ]);
}

function metadataCommand(shell: Shell): Command {
  const command = namedDevices(
    new Command('set-metadata').summary('say something of devices, by keys, or say it no more'),
  )
    .option('--set <key=value>', 'what is said under a key; repeatable', repeatable)
    .option('--remove <key>', 'nothing is said under this key any more; repeatable', repeatable)
    .action(async (devices: readonly string[], { filter, ...options }: MetadataOptions, self: Command) => {
      const metadata = metadataOf(options);
      const session = await openSession(shell, self);
      const named = { devices, ...(filter === undefined ? {} : { filter }) };
      await changeDevices(session, named, async (names) =>
        session.api.call('metadata.set', { body: { metadata, devices: names } }),
      );
    });
  return withExamples(command, [
    'updraft device set-metadata gw-0042 --set owner=line-1 --set rack=17',
    "updraft device set-metadata --filter 'group==/plants/turin/*' --remove owner",
  ]);
}

function metadataOf({ set = [], remove = [] }: Omit<MetadataOptions, 'filter'>): Record<string, string | null> {
  if (set.length + remove.length === 0) throw usageError('usage', 'Say --set KEY=VALUE or --remove KEY.');
  const said = set.map((text) => {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined)
      throw usageError('usage', `Write what is said as KEY=VALUE, such as owner=line-1; found "${text}".`);
    return [key, value] as const;
  });
  return Object.fromEntries([...said, ...remove.map((key) => [key, null] as const)]);
}
