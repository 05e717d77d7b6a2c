import { workUnsettled, type Act } from './device-acts.ts';
import { clearMoment, look, momentOf, moveTo, type Run } from './model-run.ts';
import { lapse } from './time-model.ts';

const SECOND_MS = 1000;

/**
 * The server is gone for a while, stopped or killed, and another opens on what it left: nothing that was answered is lost,
 * what it had not yet done is done, and what fell due meanwhile is. Time in which nobody listened is nobody's silence.
 */
export const restart: Act<'restart'> = async (run, { how, seconds, amid }) => {
  const { world, model } = run;
  const isUnsettled = amid !== null && takesOverAtOnce(run);
  if (isUnsettled) await workUnsettled(run, amid);
  const at = isUnsettled ? momentOf(run) : clearMoment(run, model.now + seconds * SECOND_MS);
  await world.restart(how, at);
  // Another connection counts versions of its own.
  run.seen = null;
  run.restarts += 1;
  if (!isUnsettled) moveTo(run, at);
  model.listeningSince = model.now;
  lapse(model);
  await look(run);
  return true;
};

/** On PostgreSQL the dead one's lease outlives it by seconds: when it had done what would be another moment. */
function takesOverAtOnce({ world }: Run): boolean {
  return world.dialect === 'sqlite';
}
