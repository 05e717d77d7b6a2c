import path from 'node:path';
import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { withExamples } from '../help-page.ts';
import { readTextFile } from '../local-file.ts';
import { idOf } from '../lookup.ts';
import { localTimeText } from '../output/figures.ts';
import { listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';
import { removeEach } from './remove.ts';

const MAX_PEM_BYTES = 65_536;

/** `updraft certificate …` */
export function certificateCommand(shell: Shell): Command {
  const certificate = new Command('certificate')
    .summary('certificates whose signatures the server accepts')
    .description(
      'The server never holds a release key. It knows the certificates of those who sign, and from the first one on it refuses bundles that are unsigned, signed by another, or altered (signing policy "require").',
    );
  certificate.addCommand(addCommand(shell));
  certificate.addCommand(listCommand(shell));
  certificate.addCommand(removeCommand(shell));
  return certificate;
}

function addCommand(shell: Shell): Command {
  const command = new Command('add')
    .summary('register a signing certificate')
    .argument('<file>', 'the certificate in PEM')
    .option('--name <name>', 'its name (else that of the file)')
    .action(async (file: string, options: { readonly name?: string }, self: Command) => {
      const pem = await readTextFile(file, MAX_PEM_BYTES);
      const { api, print } = await openSession(shell, self);
      const created = await api.call('signing-certificates.create', {
        body: { name: options.name ?? path.parse(file).name, pem },
      });
      print.show(created, () => [
        `Registered ${created.name}: ${created.subject}, valid until ${localTimeText(created.notAfter, shell.timeZone)}.`,
      ]);
    });
  return withExamples(command, [
    'updraft key new --out-key release.key --out-cert release.pem',
    'updraft certificate add release.pem',
  ]);
}

function listCommand(shell: Shell): Command {
  return listOptions(new Command('list').summary('list signing certificates')).action(
    async (options: ListOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      await print.list<CallAnswer<'signing-certificates.create'>>(
        pages((query) => api.call('signing-certificates.list', { query }), options),
        [
          { title: 'CERTIFICATE', value: (row) => row.name },
          { title: 'SUBJECT', value: (row) => row.subject },
          { title: 'VALID UNTIL', value: (row) => localTimeText(row.notAfter, shell.timeZone) },
          { title: 'SHA-256', value: (row) => row.fingerprint },
        ],
        'No certificate is registered, so unsigned bundles are accepted. Register one with "updraft certificate add FILE".',
      );
    },
  );
}

function removeCommand(shell: Shell): Command {
  return new Command('rm')
    .summary('remove signing certificates')
    .argument('<certificate...>', 'their names or ids')
    .action(async (references: readonly string[], _: object, self: Command) => {
      const session = await openSession(shell, self);
      const { api } = session;
      await removeEach(session, references, async (reference) => {
        const id = await idOf(reference, 'certificate', (query) => api.call('signing-certificates.list', { query }));
        await api.call('signing-certificates.delete', { params: { id } });
      });
    });
}
