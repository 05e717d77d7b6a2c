import { ApiFailure, ApiProblem } from '@updraft/protocols';
import { ExitStatus } from '../exit-status.ts';
import { durationText } from '../output/figures.ts';
import { columnsOf } from '../output/printer.ts';
import { painterFor } from '../output/style.ts';
import { harmless } from '../output/text-width.ts';
import { barLine, type BarView } from '../progress/bar.ts';
import { liveLines } from '../progress/live-lines.ts';
import { rateMeter } from '../progress/rate-meter.ts';
import type { RateMeter } from '../progress/rate-meter.ts';
import type { Session } from '../session.ts';
import { countLines, endedOf, rolloutLines } from './rollout-lines.ts';
import type { RolloutRow } from './rollout-lines.ts';
import { releaseText } from './shown-state.ts';

const RATE_WINDOW_MILLISECONDS = 120_000;
/** A server that restarts is waited for; one that stays away for so long ends the watch. */
const PATIENCE_MILLISECONDS = 300_000;

/** Shows a rollout until it ends; then returns (every device has the release) or throws the exit status that says how it ended. */
export async function watchRollout(session: Session, id: string, intervalSeconds: number): Promise<void> {
  const { shell, print } = session;
  const view = watchView(session);
  let rollout = await session.api.call('rollouts.show', { params: { id } });
  while (rollout.state !== 'finished' && rollout.state !== 'stopped') {
    view.show(rollout);
    await shell.sleep(intervalSeconds * 1000, shell.signal);
    rollout = await showPatiently(session, id, view.trouble);
  }
  view.end();
  const last = rollout;
  print.show(last, () => [...rolloutLines(last, shell, print.paint), '', verdictLine(last)]);
  if (last.state === 'stopped') throw new ExitStatus('stopped');
  if ((last.counts.succeeded ?? 0) < last.total) throw new ExitStatus('refused');
}

async function showPatiently(
  { api, shell }: Session,
  id: string,
  trouble: (message: string) => void,
): Promise<RolloutRow> {
  for (const until = shell.now() + PATIENCE_MILLISECONDS; ;) {
    try {
      return await api.call('rollouts.show', { params: { id } });
    } catch (error) {
      const isPassing = error instanceof ApiFailure || (error instanceof ApiProblem && error.status >= 500);
      if (!isPassing || shell.now() >= until) throw error;
      trouble(error.message);
      await shell.sleep(1_000, shell.signal);
    }
  }
}

/** On a terminal a picture that is drawn over; elsewhere a line whenever a count changes. */
function watchView({ shell, print }: Session) {
  const live = liveLines(shell.stderr, !print.isJson);
  const paint = painterFor(shell.stderr, shell.env);
  const meter = rateMeter(RATE_WINDOW_MILLISECONDS);
  let said = '';

  function picture(rollout: RolloutRow): string[] {
    return [
      `${paint('bold', harmless(rollout.name))}  ${harmless(releaseText(rollout.release))}  ${rollout.state}`,
      barLine(barOf(rollout, meter), columnsOf(shell.stderr) - 1),
      ...countLines(rollout, paint),
      ...(rollout.state === 'ready' ? [`It is not started: updraft rollout start ${harmless(rollout.name)}`] : []),
    ];
  }

  return {
    show: (rollout: RolloutRow) => {
      meter.add(endedOf(rollout), shell.now());
      if (live.isLive) return live.draw(picture(rollout));
      const counts = Object.entries(rollout.counts).flatMap(([state, count]) => (count ? [`${state} ${count}`] : []));
      const facts = [`${rollout.name} ${rollout.state}`, ...(counts.length === 0 ? [] : [counts.join(', ')])].join(
        ': ',
      );
      if (facts !== said) print.note(`${facts} (${barOf(rollout, meter).words})`);
      said = facts;
    },
    trouble: (message: string) => {
      if (live.isLive) live.draw([message]);
      else if (said !== message) print.note(message);
      said = live.isLive ? said : message;
    },
    end: () => live.end(false),
  };
}

/** While it is made: how many of its devices it has; then how many have ended. */
function barOf(rollout: RolloutRow, meter: RateMeter): BarView {
  const { creation } = rollout;
  if (creation === null)
    return { title: 'devices', done: endedOf(rollout), total: rollout.total, words: progressWords(rollout, meter) };
  const { planned, total } = creation;
  const words = total === null ? 'its devices are counted' : `made for ${planned} of ${total}`;
  return { title: 'in the making', done: planned, total: total ?? Number.POSITIVE_INFINITY, words };
}

function progressWords(rollout: RolloutRow, meter: RateMeter): string {
  const rate = meter.rate();
  const left = meter.secondsLeft(rollout.total);
  return [
    `${endedOf(rollout)} of ${rollout.total} ended`,
    ...(rate === null || rate === 0 ? [] : [`${(rate * 60).toFixed(rate * 60 < 10 ? 1 : 0)}/min`]),
    ...(left === null || left === 0 ? [] : [`${durationText(left)} left`]),
  ].join(', ');
}

function verdictLine(rollout: RolloutRow): string {
  const succeeded = rollout.counts.succeeded ?? 0;
  if (rollout.state === 'stopped') return `Stopped: ${succeeded} of ${rollout.total} devices have the release.`;
  if (succeeded === rollout.total) return `Every device has the release.`;
  return `${rollout.total - succeeded} of ${rollout.total} devices have not got the release; "updraft assignment list --filter 'rollout==${rollout.id};state!=succeeded'" shows them.`;
}
