import { Command } from 'commander';
import { Event } from '@updraft/protocols';
import type { CallAnswer } from '@updraft/protocols';
import { eventStream } from '../event-stream.ts';
import { withExamples } from '../help-page.ts';
import { countOption, wholeOption } from '../option-values.ts';
import { localTimeText } from '../output/figures.ts';
import { terminalWidth, writeLines } from '../output/printer.ts';
import { cutText, harmless } from '../output/text-width.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';
import type { Shell } from '../shell.ts';
import { allRows } from '../pages.ts';

type EventRow = CallAnswer<'events.list'>['items'][number];
type EventOptions = {
  readonly follow?: boolean;
  readonly filter?: string;
  readonly limit: number;
  readonly after?: number;
};

const SHOWN_EVENTS = 50;

/** `updraft events` */
export function eventsCommand(shell: Shell): Command {
  const command = new Command('events')
    .summary('what happened, in order')
    .description(
      'Shows the latest events, oldest first. With --follow it goes on with what happens from now on, until Ctrl-C; a lost connection is taken up again without a gap.',
    )
    .option('--follow', 'go on with what happens from now on')
    .option('--after <position>', 'only events after this position', wholeOption)
    .option('--filter <rsql>', "only what matches, for instance 'name==attempt.*' (not with --follow)")
    .option('--limit <n>', 'at most so many', countOption, SHOWN_EVENTS)
    .action(async (options: EventOptions, self: Command) => {
      const session = await openSession(shell, self);
      // The stream itself begins after a position that is named.
      const latest = options.follow === true && options.after !== undefined ? [] : await latestEvents(session, options);
      if (options.follow !== true)
        return session.print.show({ items: latest }, () => latest.map((event) => eventLine(event, shell)));
      for (const event of latest) writeEvent(session, event);
      await follow(session, latest.at(-1)?.position ?? options.after ?? null);
    });
  return withExamples(command, [
    'updraft events --follow',
    "updraft events --filter 'name==rollout.*' --limit 200 --json",
  ]);
}

async function latestEvents({ api }: Session, options: EventOptions): Promise<EventRow[]> {
  const filter = filterOf(options);
  const latest = await allRows((query) => api.call('events.list', { query }), {
    sort: '-position',
    limit: options.limit,
    ...(filter === undefined ? {} : { filter }),
  });
  return latest.reverse();
}

/** As given wherever that can be: a refusal names the character at which it is wrong. */
function filterOf({ after, filter }: EventOptions): string | undefined {
  if (after === undefined) return filter;
  return filter === undefined ? `position=gt=${after}` : `(${filter});position=gt=${after}`;
}

async function follow(session: Session, after: number | null): Promise<void> {
  for await (const message of eventStream(session, '/events/stream', after === null ? null : String(after))) {
    const event = Event.safeParse(message);
    if (event.success) writeEvent(session, event.data);
  }
}

/** With `--json` one document a line, since the list has no end. */
function writeEvent({ print, shell }: Session, event: EventRow): void {
  writeLines(shell.stdout, [print.isJson ? JSON.stringify(event) : eventLine(event, shell)]);
}

function eventLine(event: EventRow, shell: Shell): string {
  const data = Object.entries(event.data).flatMap(([name, value]) => {
    const isNothing = value === null || (Array.isArray(value) && value.length === 0);
    return isNothing ? [] : [`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`];
  });
  const parts = [
    localTimeText(event.at, shell.timeZone),
    event.name,
    `${event.subject.kind} ${event.subject.id}`,
    ...data,
    ...(event.actor === null ? [] : [`by ${event.actor}`]),
  ];
  const line = harmless(parts.join('  '));
  const width = terminalWidth(shell.stdout);
  return width === null ? line : cutText(line, width);
}
