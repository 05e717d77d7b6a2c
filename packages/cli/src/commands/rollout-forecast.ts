import { Command, InvalidArgumentError } from 'commander';
import type { CallAnswer, CallInput } from '@updraft/protocols';
import { usageError } from '../cli-error.ts';
import { withExamples } from '../help-page.ts';
import { releaseId, rolloutId } from '../lookup.ts';
import { openSession, type Session } from '../session.ts';
import type { Shell } from '../shell.ts';
import { keptLines } from './forecast-kept.ts';
import { forecastLines, rehearsalLines, type Showing } from './forecast-lines.ts';
import { draftOf, draftOptions, type DraftOptions } from './rollout-draft.ts';

type RolloutForecast = CallAnswer<'rollouts.forecast'>;
type EndsOptions = { readonly failing?: number | undefined; readonly like?: string | undefined };
type RehearsalOptions = DraftOptions & EndsOptions;

/** `updraft rollout forecast [ROLLOUT]` */
export function forecastCommand(shell: Shell): Command {
  const command = draftOptions(
    new Command('forecast')
      .summary('how long a rollout will take')
      .description(
        'When each phase and the whole will end, as likely as not (P50) and in nine of ten runs (P90); what flows, who will not make it and why, and the one setting that holds it up most. Name a rollout that is made, before it starts or while it runs; or describe one with the options, and nothing is made. While it runs, and after its end, it shows what was foretold at its start beside what came: ends, bytes that the server handed out, their peak, and how far each was off.',
      )
      .argument('[rollout]', 'its name or id'),
  ).action(async (reference: string | undefined, options: DraftOptions, self: Command) => {
    const session = await openSession(shell, self);
    const showing = { shell, paint: session.print.paint };
    if (reference === undefined) {
      const made = await session.api.call('rollouts.forecast-draft', { body: await draftOf(session, options) });
      return session.print.show(made, () => forecastLines(made, showing));
    }
    if (Object.keys(options).length > 0)
      throw usageError('usage', 'Name a rollout, or describe one with options; not both.');
    const id = await rolloutId(session, reference);
    const made = await session.api.call('rollouts.forecast', { params: { id } });
    session.print.show(made, () => rolloutLines(made, showing));
  });
  return withExamples(command, [
    'updraft rollout forecast spring',
    'updraft rollout forecast --release gateway-os@2.1.0 --file spring.json',
  ]);
}

/** `updraft rollout simulate [ROLLOUT]` */
export function simulateCommand(shell: Shell): Command {
  const command = draftOptions(
    new Command('simulate')
      .summary('rehearse a rollout on this fleet’s own past')
      .description(
        'Plays a rollout on what this fleet did: its hours of contact, the times that stages took, the ways attempts failed. Shows when the error threshold would fire, and how many devices would be broken by then. Name a rollout that is made and not over; or describe one with the options. Nothing is made or changed.',
      )
      .argument('[rollout]', 'its name or id')
      .option('--failing <percent>', 'assume that the release breaks so many devices of a hundred', percentOption)
      .option('--like <name@version>', 'assume that attempts end as those of this earlier release did'),
  ).action(async (reference: string | undefined, { failing, like, ...draft }: RehearsalOptions, self: Command) => {
    const session = await openSession(shell, self);
    if (failing !== undefined && like !== undefined)
      throw usageError('usage', 'Give --failing or --like; both say how attempts end.');
    if (reference !== undefined && Object.keys(draft).length > 0)
      throw usageError('usage', 'Name a rollout, or describe one with options; not both.');
    const made = await rehearsed(session, { reference, draft, ends: await endsOf(session, { failing, like }) });
    const showing = { shell, paint: session.print.paint };
    session.print.show(made, () => [...rehearsalLines(made, showing), '', ...forecastLines(made, showing)]);
  });
  return withExamples(command, [
    'updraft rollout simulate spring --failing 5',
    'updraft rollout simulate --release gateway-os@2.1.0 --file spring.json --like gateway-os@2.0.3',
  ]);
}

type Ends = CallInput<'rollouts.rehearse'>['body'];

async function endsOf(session: Session, { failing, like }: EndsOptions): Promise<Ends> {
  return {
    ...(failing === undefined ? {} : { failingPercent: failing }),
    ...(like === undefined ? {} : { like: await releaseId(session, like) }),
  };
}

async function rehearsed(
  session: Session,
  wish: { readonly reference: string | undefined; readonly draft: DraftOptions; readonly ends: Ends },
): Promise<CallAnswer<'rollouts.rehearse'>> {
  const { reference, draft, ends } = wish;
  if (reference === undefined)
    return session.api.call('rollouts.rehearse-draft', { body: { ...(await draftOf(session, draft)), ...ends } });
  return session.api.call('rollouts.rehearse', { params: { id: await rolloutId(session, reference) }, body: ends });
}

const PREMISES: Readonly<Record<NonNullable<RolloutForecast['premise']>, string>> = {
  'it-goes-on': 'What remains of it:',
  'started-now': 'If it were started now, or at its time:',
  'resumed-now': 'If it were resumed now:',
};

function rolloutLines({ premise, now, atStart }: RolloutForecast, showing: Showing): string[] {
  const kept = atStart === null ? [] : keptLines(atStart, showing);
  if (now === null || premise === null)
    return kept.length > 0 ? kept : ['Nothing of it remains, and nothing was foretold at its start.'];
  const said = showing.paint('bold', PREMISES[premise]);
  return [said, '', ...forecastLines(now, showing), ...(kept.length === 0 ? [] : ['', ...kept])];
}

function percentOption(text: string): number {
  const percent = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || percent > 100) throw new InvalidArgumentError('Expected a percentage, 0 to 100.');
  return percent;
}
