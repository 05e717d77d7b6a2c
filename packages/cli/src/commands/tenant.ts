import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { withExamples } from '../help-page.ts';
import { localTimeText } from '../output/figures.ts';
import { listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { newPassword, passwordOption } from '../password.ts';
import type { PasswordOptions } from '../password.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';
import { removeEach } from './remove.ts';

type AddOptions = PasswordOptions & { readonly user: string };

/** `updraft tenant …` */
export function tenantCommand(shell: Shell): Command {
  const tenant = new Command('tenant')
    .summary('organisations on this server')
    .description(
      'A tenant is an organisation with its own devices, releases, users and keys; nothing crosses it. The first is DEFAULT; its users manage the others.',
    );
  tenant.addCommand(addCommand(shell));
  tenant.addCommand(listCommand(shell));
  tenant.addCommand(removeCommand(shell));
  return tenant;
}

function addCommand(shell: Shell): Command {
  const command = passwordOption(
    new Command('add')
      .summary('add a tenant and its first user; asks for the password')
      .argument('<name>', 'letters, digits, "-" and "_"')
      .requiredOption('--user <name>', 'the first user'),
  ).action(async (name: string, options: AddOptions, self: Command) => {
    const { api, print } = await openSession(shell, self);
    const user = { name: options.user, password: await newPassword(shell, options) };
    const tenant = await api.call('tenants.create', { body: { name, user } });
    print.show(tenant, () => [
      `Added ${tenant.name}; ${options.user} logs in with "updraft login --user ${options.user}".`,
    ]);
  });
  return withExamples(command, ['updraft tenant add plant-north --user kim']);
}

function listCommand(shell: Shell): Command {
  return listOptions(new Command('list').summary('list tenants')).action(
    async (options: ListOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      await print.list<CallAnswer<'tenants.create'>>(
        pages((query) => api.call('tenants.list', { query }), options),
        [
          { title: 'TENANT', value: (row) => row.name },
          { title: 'ADDED', value: (row) => localTimeText(row.createdAt, shell.timeZone) },
          { title: 'ID', value: (row) => row.id },
        ],
        'There is no tenant.',
      );
    },
  );
}

function removeCommand(shell: Shell): Command {
  return new Command('rm')
    .summary('remove tenants that hold no devices')
    .argument('<tenant...>', 'their names')
    .action(async (names: readonly string[], _: object, self: Command) => {
      const session = await openSession(shell, self);
      await removeEach(session, names, (tenant) => session.api.call('tenants.delete', { params: { tenant } }));
    });
}
