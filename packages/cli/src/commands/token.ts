import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { withExamples } from '../help-page.ts';
import { idOf } from '../lookup.ts';
import { durationOption } from '../option-values.ts';
import { agoText, localTimeText } from '../output/figures.ts';
import { sheetLines } from '../output/table.ts';
import { listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';
import type { Shell } from '../shell.ts';
import { removeEach } from './remove.ts';

type AddOptions = { readonly personal?: boolean; readonly expiresIn?: number; readonly emergency?: boolean };

/** `updraft token …` */
export function tokenCommand(shell: Shell): Command {
  const token = new Command('token')
    .summary('API tokens, for machines and for yourself')
    .description(
      'A token lets a program use the API, as "Authorization: Bearer TOKEN" or in UPDRAFT_TOKEN. What it does is recorded under its own name, or with --personal under yours.',
    );
  token.addCommand(addCommand(shell));
  token.addCommand(listCommand(shell));
  token.addCommand(removeCommand(shell));
  return token;
}

function addCommand(shell: Shell): Command {
  const command = new Command('add')
    .summary('make a token; prints it, this once')
    .argument('<name>', 'the machine or the purpose that acts under this name')
    .option('--personal', 'act under your own name instead')
    .option('--emergency', 'may release updates that ignore windows; you must have that right')
    .option('--expires-in <time>', 'stop working after this long: 12h, 90d', durationOption)
    .action(async (name: string, options: AddOptions, self: Command) => {
      const session = await openSession(shell, self);
      const created = await session.api.call('tokens.create', {
        body: {
          name,
          kind: options.personal === true ? 'personal' : 'machine',
          ...(options.emergency === true ? { rights: ['emergency'] } : {}),
          ...(options.expiresIn === undefined
            ? {}
            : { expiresAt: new Date(shell.now() + options.expiresIn * 1000).toISOString() }),
        },
      });
      showSecret(session, created, `Made the token ${created.name}.`);
    });
  return withExamples(command, [
    'updraft token add build-server --expires-in 90d',
    'UPDRAFT_TOKEN=$(updraft token add ci --json | jq -r .secret)',
  ]);
}

function showSecret({ print }: Session, created: { readonly secret: string }, said: string): void {
  print.show(created, () => [said, '', ...sheetLines([['token', created.secret]])]);
  print.note('The token is shown this once.');
}

function listCommand(shell: Shell): Command {
  return listOptions(new Command('list').summary('list tokens')).action(async (options: ListOptions, self: Command) => {
    const { api, print } = await openSession(shell, self);
    await print.list<CallAnswer<'tokens.list'>['items'][number]>(
      pages((query) => api.call('tokens.list', { query }), options),
      [
        { title: 'TOKEN', value: (row) => row.name },
        { title: 'ACTS AS', value: (row) => row.user ?? row.name },
        { title: 'MADE BY', value: (row) => row.createdBy },
        { title: 'EXPIRES', value: (row) => localTimeText(row.expiresAt, shell.timeZone) || 'never' },
        { title: 'LAST USED', value: (row) => agoText(row.lastUsedAt, shell.now()) },
        { title: 'ID', value: (row) => row.id },
      ],
      'There is no token.',
    );
  });
}

function removeCommand(shell: Shell): Command {
  return new Command('rm')
    .summary('revoke tokens')
    .argument('<token...>', 'their names or ids')
    .action(async (references: readonly string[], _: object, self: Command) => {
      const session = await openSession(shell, self);
      const { api } = session;
      await removeEach(session, references, async (reference) => {
        const id = await idOf(reference, 'token', (query) => api.call('tokens.list', { query }));
        await api.call('tokens.delete', { params: { id } });
      });
    });
}

/** `updraft gateway-token …` */
export function gatewayTokenCommand(shell: Shell): Command {
  const token = new Command('gateway-token')
    .summary('tokens with which devices join by themselves')
    .description(
      'A device that shows a gateway token at its first contact is added by that. Off until "updraft settings set --gateway-tokens on".',
    );
  token.addCommand(addGatewayCommand(shell));
  token.addCommand(listGatewayCommand(shell));
  token.addCommand(removeGatewayCommand(shell));
  return token;
}

function addGatewayCommand(shell: Shell): Command {
  return new Command('add')
    .summary('make a gateway token; prints it, this once')
    .argument('<name>', 'its name')
    .option('--type <name>', 'the device type that it vouches for; devices that join get it')
    .action(async (name: string, { type }: { readonly type?: string }, self: Command) => {
      const session = await openSession(shell, self);
      showSecret(
        session,
        await session.api.call('gateway-tokens.create', { body: { name, deviceType: type ?? null } }),
        `Made the gateway token ${name}.`,
      );
      const settings = await session.api.call('settings.show');
      if (!settings.gatewayTokens)
        session.print.note('Gateway tokens are off; switch them on with "updraft settings set --gateway-tokens on".');
    });
}

function listGatewayCommand(shell: Shell): Command {
  return listOptions(new Command('list').summary('list gateway tokens')).action(
    async (options: ListOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      await print.list<CallAnswer<'gateway-tokens.list'>['items'][number]>(
        pages((query) => api.call('gateway-tokens.list', { query }), options),
        [
          { title: 'GATEWAY TOKEN', value: (row) => row.name },
          { title: 'TYPE', value: (row) => row.deviceType ?? '' },
          { title: 'MADE', value: (row) => localTimeText(row.createdAt, shell.timeZone) },
          { title: 'ID', value: (row) => row.id },
        ],
        'There is no gateway token. Make one with "updraft gateway-token add NAME".',
      );
    },
  );
}

function removeGatewayCommand(shell: Shell): Command {
  return new Command('rm')
    .summary('revoke gateway tokens')
    .argument('<token...>', 'their names or ids')
    .action(async (references: readonly string[], _: object, self: Command) => {
      const session = await openSession(shell, self);
      const { api } = session;
      await removeEach(session, references, async (reference) => {
        const id = await idOf(reference, 'gateway token', (query) => api.call('gateway-tokens.list', { query }));
        await api.call('gateway-tokens.delete', { params: { id } });
      });
    });
}
