import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { usageError } from '../cli-error.ts';
import { withExamples } from '../help-page.ts';
import { idOf } from '../lookup.ts';
import { agoText, bytesText, localTimeText } from '../output/figures.ts';
import { sheetLines } from '../output/table.ts';
import { listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';
import type { Shell } from '../shell.ts';
import { uploadArtifact } from '../upload/upload-artifact.ts';
import { removeEach } from './remove.ts';

type ArtifactRow = CallAnswer<'artifacts.show'>;

/** `updraft artifact …` */
export function artifactCommand(shell: Shell): Command {
  const artifact = new Command('artifact')
    .summary('artifacts: uploaded files')
    .description(
      'An artifact is an uploaded file: immutable bytes, named by their sha256. Bundles are known by their content and checked against the registered certificates.',
    );
  artifact.addCommand(uploadCommand(shell));
  artifact.addCommand(listCommand(shell));
  artifact.addCommand(showCommand(shell));
  artifact.addCommand(removeCommand(shell));
  return artifact;
}

function uploadCommand(shell: Shell): Command {
  const command = new Command('upload')
    .summary('upload files')
    .description(
      'Uploads files. A lost connection is taken up again; after Ctrl-C, a crash or a reboot the same command goes on where it stopped.',
    )
    .argument('<file...>', 'the files')
    .option('--name <filename>', 'what the artifact is called, in place of the name of the file')
    .action(async (files: readonly string[], options: { readonly name?: string }, self: Command) => {
      if (options.name !== undefined && files.length > 1)
        throw usageError('usage', 'Only one file can have the name of --name.');
      const session = await openSession(shell, self);
      const artifacts: ArtifactRow[] = [];
      for (const file of files) {
        const artifact = await uploadArtifact(session, file, options.name);
        artifacts.push(artifact);
        session.print.note(`Uploaded ${artifact.filename}: ${bytesText(artifact.size)}, ${signatureText(artifact)}.`);
      }
      session.print.show(files.length === 1 ? artifacts[0] : artifacts, () => artifacts.map((artifact) => artifact.id));
    });
  return withExamples(command, ['updraft artifact upload gateway-os-2.1.0.swu']);
}

function listCommand(shell: Shell): Command {
  return listOptions(new Command('list').summary('list artifacts')).action(
    async (options: ListOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      await print.list<ArtifactRow>(
        pages((query) => api.call('artifacts.list', { query }), options),
        [
          { title: 'ARTIFACT', value: (row) => row.filename },
          { title: 'SIZE', value: (row) => bytesText(row.size), align: 'right' },
          {
            title: 'SIGNATURE',
            value: signatureText,
            style: (row) => (row.signature === 'verified' ? 'green' : undefined),
          },
          { title: 'UPLOADED', value: (row) => agoText(row.createdAt, shell.now()) },
          { title: 'ID', value: (row) => row.id },
        ],
        'There is no artifact. Upload one with "updraft artifact upload FILE".',
      );
    },
  );
}

function signatureText(artifact: ArtifactRow): string {
  if (artifact.kind === 'other') return 'no bundle';
  return artifact.reason === null ? artifact.signature : `${artifact.signature}: ${artifact.reason}`;
}

function showCommand(shell: Shell): Command {
  return new Command('show')
    .summary('show an artifact')
    .argument('<artifact>', 'its name or id')
    .action(async (reference: string, _: object, self: Command) => {
      const session = await openSession(shell, self);
      const artifact = await session.api.call('artifacts.show', {
        params: { id: await artifactId(session, reference) },
      });
      session.print.show(artifact, () =>
        sheetLines([
          ['artifact', artifact.filename],
          ['id', artifact.id],
          ['size', `${bytesText(artifact.size)} (${artifact.size} bytes)`],
          ['sha256', artifact.sha256],
          ['sha1', artifact.sha1],
          ['md5', artifact.md5],
          ['signature', signatureText(artifact)],
          ...artifact.signers.map((signer) => ['signed by', signer.subject] as const),
          ['uploaded', `${localTimeText(artifact.createdAt, shell.timeZone)} by ${artifact.createdBy}`],
        ]),
      );
    });
}

function removeCommand(shell: Shell): Command {
  return new Command('rm')
    .summary('remove artifacts that no component holds')
    .argument('<artifact...>', 'their names or ids')
    .action(async (references: readonly string[], _: object, self: Command) => {
      const session = await openSession(shell, self);
      await removeEach(session, references, async (reference) =>
        session.api.call('artifacts.delete', { params: { id: await artifactId(session, reference) } }),
      );
    });
}

async function artifactId({ api }: Session, reference: string): Promise<string> {
  return idOf(reference, 'artifact', async (query) => {
    const page = await api.call('artifacts.list', {
      query: { ...query, filter: query.filter?.replace(/^name==/, 'filename==') },
    });
    return { ...page, items: page.items.map(({ id, filename }) => ({ id, name: filename })) };
  });
}
