import { Argument, Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { withExamples } from '../help-page.ts';
import { agoText, localTimeText } from '../output/figures.ts';
import { terminalWidth } from '../output/printer.ts';
import type { Printer } from '../output/printer.ts';
import { sheetLines, tablePrinter } from '../output/table.ts';
import type { Column } from '../output/table.ts';
import { allRows, listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { openSession } from '../session.ts';
import type { Shell } from '../shell.ts';
import { assignmentNumber, referenceOptions, type ReferenceOptions } from './assignment-reference.ts';
import { reportsCommand } from './assignment-reports.ts';
import { releaseText, stateStyle, stateText } from './shown-state.ts';

type AssignmentRow = CallAnswer<'assignments.show'>;
type Attempt = AssignmentRow['attempts'][number];
type ReportRow = CallAnswer<'assignments.reports'>['items'][number];

/** `updraft assignment …` */
export function assignmentCommand(shell: Shell): Command {
  const assignment = new Command('assignment')
    .summary('assignments: what each device shall run, and how it went')
    .description(
      'An assignment is one device and one release. Each try of it is an attempt; what the device said of it are reports.',
    );
  assignment.addCommand(listCommand(shell));
  assignment.addCommand(showCommand(shell));
  assignment.addCommand(consentCommand(shell));
  assignment.addCommand(reportsCommand(shell));
  return assignment;
}

function listCommand(shell: Shell): Command {
  return listOptions(new Command('list').summary('list assignments')).action(
    async (options: ListOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      await print.list<AssignmentRow>(
        pages((query) => api.call('assignments.list', { query }), options),
        [
          { title: 'NUMBER', value: (row) => String(row.number), align: 'right' },
          { title: 'DEVICE', value: (row) => row.device },
          { title: 'RELEASE', value: (row) => releaseText(row.release) },
          { title: 'STATE', value: stateText, style: (row) => stateStyle(row.state) },
          { title: 'TRIES', value: (row) => String(row.attempts.length), align: 'right' },
          { title: 'MADE', value: (row) => agoText(row.createdAt, shell.now()) },
        ],
        'There is no assignment. Make one with "updraft assign" or "updraft rollout create".',
      );
    },
  );
}

function showCommand(shell: Shell): Command {
  return referenceOptions(
    new Command('show')
      .summary('show an assignment with its attempts and what the device reported')
      .argument('<device|assignment>', 'a device, for its current or else its last assignment; or a number'),
  ).action(async (reference: string, options: ReferenceOptions, self: Command) => {
    const session = await openSession(shell, self);
    const { api, print } = session;
    const number = await assignmentNumber(session, reference, { ...options, orEnded: true });
    const assignment = await api.call('assignments.show', { params: { number } });
    const reports = await allRows((query) => api.call('assignments.reports', { params: { number }, query }));
    print.show({ ...assignment, reports }, () => assignmentLines(assignment, reports, { shell, print }));
  });
}

type ConsentOptions = ReferenceOptions & { readonly note?: string };

function consentCommand(shell: Shell): Command {
  const command = referenceOptions(
    new Command('consent')
      .summary('answer for the user of a device that cannot be asked')
      .description(
        'A rollout may ask for the consent of each device’s user. What cannot ask by itself, such as SWUpdate, gets nothing until a person answers here; a no may become a yes later.',
      )
      .argument('<device|assignment>', 'the name of a device, or the number of an assignment')
      .addArgument(new Argument('<answer>', 'whether the update may be installed').choices(['yes', 'no']))
      .option('--note <text>', 'kept with the event'),
  ).action(async (reference: string, answer: 'yes' | 'no', options: ConsentOptions, self: Command) => {
    const session = await openSession(shell, self);
    const number = await assignmentNumber(session, reference, options);
    const consent = answer === 'yes' ? 'given' : 'declined';
    const body = { consent, ...(options.note === undefined ? {} : { note: options.note }) } as const;
    const assignment = await session.api.call('assignments.consent', { params: { number }, body });
    const said = `Consent to assignment ${number} of ${assignment.device} is ${consent}; it is ${stateText(assignment)}.`;
    session.print.show(assignment, () => [said]);
  });
  return withExamples(command, [
    'updraft assignment consent gw-0042 yes --note "asked the shift lead"',
    'updraft assignment consent 1042 no',
  ]);
}

function assignmentLines(
  assignment: AssignmentRow,
  reports: readonly ReportRow[],
  { shell, print }: { shell: Shell; print: Printer },
): string[] {
  const table = { width: terminalWidth(shell.stdout), paint: print.paint };
  const time = (iso: string | null) => localTimeText(iso, shell.timeZone);
  const attempts: Column<Attempt>[] = [
    { title: 'TRY', value: (row) => String(row.ordinal), align: 'right' },
    { title: 'STATE', value: stateText, style: (row) => stateStyle(row.state) },
    { title: 'EVIDENCE', value: (row) => row.evidence.join(', ') || '-' },
    { title: 'CONSENT', value: (row) => consentText(row, time) },
    { title: 'OFFERED', value: (row) => time(row.offeredAt) || '-' },
    { title: 'BEGUN', value: (row) => time(row.begunAt) || '-' },
    { title: 'ENDED', value: (row) => time(row.endedAt) || '-' },
    { title: 'ACTION ID', value: (row) => String(row.number), align: 'right' },
    { title: 'IT SAID', value: (row) => row.message ?? '' },
  ];
  const said: Column<ReportRow>[] = [
    { title: 'TIME', value: (row) => time(row.at) },
    { title: 'REPORT', value: (row) => (row.code === null ? row.kind : `${row.kind} (${row.code})`) },
    { title: 'DETAILS', value: (row) => row.details.join(' · ') },
  ];
  return [
    ...sheetLines([
      ['assignment', String(assignment.number)],
      ['device', assignment.device],
      ['release', releaseText(assignment.release)],
      ['state', stateText(assignment)],
      ['it said', assignment.message],
      ['not before', time(assignment.notBefore)],
      ['time limit', time(assignment.attempts.find(({ endedAt }) => endedAt === null)?.nextDueAt ?? null)],
      ['made', time(assignment.createdAt)],
      ['ended', time(assignment.endedAt)],
    ]),
    ...(assignment.attempts.length === 0 ? [] : ['', ...tablePrinter(attempts, table)(assignment.attempts)]),
    ...(reports.length === 0 ? [] : ['', ...tablePrinter(said, table)(reports)]),
  ];
}

function consentText({ consent, asksAgainAt }: Attempt, time: (iso: string | null) => string): string {
  return asksAgainAt === null ? (consent ?? '-') : `${consent}, asked again ${time(asksAgainAt)}`;
}
