import { Argument, Command } from 'commander';
import { GRANTABLE_RIGHTS, type CallAnswer } from '@updraft/protocols';
import { withExamples } from '../help-page.ts';
import { idOf } from '../lookup.ts';
import { localTimeText } from '../output/figures.ts';
import { listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { newPassword, passwordOption } from '../password.ts';
import type { PasswordOptions } from '../password.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';
import type { Shell } from '../shell.ts';
import { removeEach } from './remove.ts';

/** `updraft user …` */
export function userCommand(shell: Shell): Command {
  const user = new Command('user')
    .summary('people')
    .description('People who work on this tenant. Each has a password and acts under an own name.');
  user.addCommand(addCommand(shell));
  user.addCommand(listCommand(shell));
  user.addCommand(passwordCommand(shell));
  user.addCommand(rightsCommand(shell));
  user.addCommand(removeCommand(shell));
  return user;
}

function addCommand(shell: Shell): Command {
  const command = passwordOption(
    new Command('add').summary('add a user; asks for the password').argument('<name>', 'the name to log in with'),
  ).action(async (name: string, options: PasswordOptions, self: Command) => {
    const { api, print } = await openSession(shell, self);
    const user = await api.call('users.create', { body: { name, password: await newPassword(shell, options) } });
    print.show(user, () => [`Added ${user.name}.`]);
  });
  return withExamples(command, [
    'updraft user add kim',
    'pass show updraft/kim | updraft user add kim --password-stdin',
  ]);
}

function listCommand(shell: Shell): Command {
  return listOptions(new Command('list').summary('list users')).action(async (options: ListOptions, self: Command) => {
    const { api, print } = await openSession(shell, self);
    await print.list<CallAnswer<'users.create'>>(
      pages((query) => api.call('users.list', { query }), options),
      [
        { title: 'USER', value: (row) => row.name },
        { title: 'RIGHTS', value: (row) => row.rights.join(', ') || '-' },
        { title: 'ADDED', value: (row) => localTimeText(row.createdAt, shell.timeZone) },
        { title: 'ID', value: (row) => row.id },
      ],
      'There is no user.',
    );
  });
}

function passwordCommand(shell: Shell): Command {
  return passwordOption(
    new Command('set-password').summary('set a new password').argument('<user>', 'the name or the id'),
  ).action(async (reference: string, options: PasswordOptions, self: Command) => {
    const session = await openSession(shell, self);
    const id = await userId(session, reference);
    const user = await session.api.call('users.change', {
      params: { id },
      body: { password: await newPassword(shell, options) },
    });
    session.print.show(user, () => [`${user.name} has a new password.`]);
  });
}

function rightsCommand(shell: Shell): Command {
  return new Command('set-rights')
    .summary('say what a user may do that not everybody may')
    .argument('<user>', 'the name or the id')
    .addArgument(new Argument('[right...]', 'the rights; none: takes all away').choices(GRANTABLE_RIGHTS))
    .action(async (reference: string, rights: (typeof GRANTABLE_RIGHTS)[number][], _: object, self: Command) => {
      const session = await openSession(shell, self);
      const id = await userId(session, reference);
      const user = await session.api.call('users.change', { params: { id }, body: { rights } });
      session.print.show(user, () => [`${user.name} has: ${user.rights.join(', ') || 'no special rights'}.`]);
    });
}

function removeCommand(shell: Shell): Command {
  return new Command('rm')
    .summary('remove users and their personal tokens')
    .argument('<user...>', 'their names or ids')
    .action(async (references: readonly string[], _: object, self: Command) => {
      const session = await openSession(shell, self);
      await removeEach(session, references, async (reference) =>
        session.api.call('users.delete', { params: { id: await userId(session, reference) } }),
      );
    });
}

async function userId({ api }: Session, reference: string): Promise<string> {
  return idOf(reference, 'user', (query) => api.call('users.list', { query }));
}
