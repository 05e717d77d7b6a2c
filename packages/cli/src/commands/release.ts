import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { withExamples } from '../help-page.ts';
import { releaseId } from '../lookup.ts';
import { agoText, bytesText, localTimeText } from '../output/figures.ts';
import { sheetLines } from '../output/table.ts';
import { listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';
import { createRelease } from './create-release.ts';
import type { CreateOptions } from './create-release.ts';
import { removeEach } from './remove.ts';
import { releaseText, stateStyle } from './shown-state.ts';

type ReleaseRow = CallAnswer<'releases.show'>;

/** `updraft release …` */
export function releaseCommand(shell: Shell): Command {
  const release = new Command('release')
    .summary('releases: what devices can run')
    .description(
      'A release is a named, versioned set of components. It begins as a draft; published, it never changes; withdrawn, nobody begins it any more. Write it as NAME@VERSION, or give its id.',
    );
  release.addCommand(createCommand(shell));
  release.addCommand(stepCommand(shell, 'publish', 'publish a draft: from now on it never changes'));
  release.addCommand(stepCommand(shell, 'withdraw', 'withdraw a published release: who has not begun it will not'));
  release.addCommand(listCommand(shell));
  release.addCommand(showCommand(shell));
  release.addCommand(removeCommand(shell));
  return release;
}

function createCommand(shell: Shell): Command {
  const command = new Command('create')
    .summary('make a release from files')
    .description(
      'Uploads the files, makes a component of them that is called as the release is, and makes the release. Safe to repeat: what was done already is used again.',
    )
    .argument('<name>', 'its name, such as gateway-os')
    .argument('<version>', 'its version, such as 2.1.0')
    .option('--artifact <file|id...>', 'what is to be installed: files to upload, or ids of artifacts')
    .option('--component <id...>', 'components that exist already')
    .option(
      '--kind <kind>',
      'the kind of the component that is made: os, application, firmware or a word of your own',
      'os',
    )
    .option('--type <device-type...>', 'the device types it is for; without, any device')
    .option('--required-step', 'devices must run it before any later release')
    .option('--description <text>', 'a note for people')
    .option('--publish', 'publish it at once')
    .action(async (name: string, version: string, options: CreateOptions, self: Command) => {
      const session = await openSession(shell, self);
      const release = await createRelease(session, { name, version }, options);
      session.print.show(release, () => [
        `${releaseText(release)} is ${release.state}.`,
        release.state === 'draft'
          ? `Publish it with "updraft release publish ${releaseText(release)}".`
          : `Bring it to devices with "updraft rollout create" or "updraft assign".`,
      ]);
    });
  return withExamples(command, [
    'updraft release create gateway-os 2.1.0 --artifact gateway-os-2.1.0.swu --type board-a --publish',
  ]);
}

function stepCommand(shell: Shell, step: 'publish' | 'withdraw', summary: string): Command {
  return new Command(step)
    .summary(summary)
    .argument('<release>', 'NAME@VERSION, or its id')
    .action(async (reference: string, _: object, self: Command) => {
      const session = await openSession(shell, self);
      const release = await session.api.call(`releases.${step}`, {
        params: { id: await releaseId(session, reference) },
      });
      session.print.show(release, () => [`${releaseText(release)} is ${release.state}.`]);
    });
}

function listCommand(shell: Shell): Command {
  return listOptions(new Command('list').summary('list releases')).action(
    async (options: ListOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      await print.list<ReleaseRow>(
        pages((query) => api.call('releases.list', { query }), options),
        [
          { title: 'RELEASE', value: releaseText },
          { title: 'STATE', value: (row) => row.state, style: (row) => stateStyle(row.state) },
          { title: 'DEVICE TYPES', value: (row) => row.deviceTypes.join(', ') || 'any' },
          { title: 'SIZE', value: (row) => bytesText(totalBytes(row)), align: 'right' },
          { title: 'MADE', value: (row) => agoText(row.createdAt, shell.now()) },
        ],
        'There is no release. Make one with "updraft release create NAME VERSION --artifact FILE".',
      );
    },
  );
}

function totalBytes(release: ReleaseRow): number {
  return release.components
    .flatMap((component) => component.artifacts)
    .reduce((sum, artifact) => sum + artifact.size, 0);
}

function showCommand(shell: Shell): Command {
  return new Command('show')
    .summary('show a release')
    .argument('<release>', 'NAME@VERSION, or its id')
    .action(async (reference: string, _: object, self: Command) => {
      const session = await openSession(shell, self);
      const release = await session.api.call('releases.show', { params: { id: await releaseId(session, reference) } });
      session.print.show(release, () => releaseSheet(release, shell));
    });
}

function releaseSheet(release: ReleaseRow, shell: Shell): string[] {
  const parts = release.components.flatMap((component) => [
    `  ${component.name}@${component.version} (${component.kind})`,
    ...component.artifacts.map(
      (artifact) => `    ${artifact.filename}, ${bytesText(artifact.size)}, sha256 ${artifact.sha256}`,
    ),
  ]);
  return [
    ...sheetLines([
      ['release', releaseText(release)],
      ['id', release.id],
      ['state', release.state],
      ['device types', release.deviceTypes.join(', ') || 'any'],
      ['required step', release.requiredStep ? 'yes' : null],
      ['description', release.description],
      ['made', localTimeText(release.createdAt, shell.timeZone)],
      ['published', localTimeText(release.publishedAt, shell.timeZone)],
      ['withdrawn', localTimeText(release.withdrawnAt, shell.timeZone)],
      ['counter', release.counter === null ? null : String(release.counter)],
      ['manifest', release.manifestSha256 && `sha256 ${release.manifestSha256}`],
    ]),
    ...(parts.length === 0 ? [] : ['', 'Components:', ...parts]),
  ];
}

function removeCommand(shell: Shell): Command {
  return new Command('rm')
    .summary('remove drafts')
    .argument('<release...>', 'NAME@VERSION, or their ids')
    .action(async (references: readonly string[], _: object, self: Command) => {
      const session = await openSession(shell, self);
      await removeEach(session, references, async (reference) =>
        session.api.call('releases.delete', { params: { id: await releaseId(session, reference) } }),
      );
    });
}
