import type { Command } from './command.ts';
import { bytes } from './bytes-act.ts';
import { answerCancel, attributes, fetch, poll, tell, update, work, type Act } from './device-acts.ts';
import { pass, tick, type Run } from './model-run.ts';
import { assign, cancel, consent, join, retire } from './operator-acts.ts';
import { bringBack, clone, retry } from './linked-acts.ts';
import { releasePenalty, setPenaltyRule } from './penalty-acts.ts';
import { restart } from './restart-act.ts';
import { change, create, steer, steerPhase } from './rollout-acts.ts';

const wait: Act<'wait'> = async (run, { seconds }) => {
  await pass(run, run.model.now + seconds * 1000);
  return true;
};

type Acts = { readonly [A in Command['act']]: Act<A> };

const ACTS: Acts = {
  poll,
  fetch,
  work,
  update,
  report: tell,
  bytes,
  'answer-cancel': answerCancel,
  attributes,
  wait,
  assign,
  cancel,
  'force-quit': cancel,
  consent,
  create,
  approve: steer,
  deny: steer,
  start: steer,
  pause: steer,
  resume: steer,
  stop: steer,
  'start-phase': steerPhase,
  'skip-phase': steerPhase,
  change,
  clone,
  retry,
  return: bringBack,
  join,
  decommission: retire,
  delete: retire,
  replace: retire,
  'set-penalty-rule': setPenaltyRule,
  'release-penalty': releasePenalty,
  restart,
};

/** Carries one command out; what cannot be done now is no step. */
export async function perform(run: Run, command: Command): Promise<void> {
  tick(run);
  // Each act is keyed by the commands that it takes.
  const act = ACTS[command.act] as (run: Run, command: Command) => Promise<boolean>;
  if (await act(run, command)) run.steps += 1;
}
