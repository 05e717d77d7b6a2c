import { readBase, readDeployment, readStopId, type Base, type Deployment } from './ddi-answers.ts';
import { noteOffer } from './beliefs.ts';
import { ask, deviceUrl, type Device } from './device.ts';

/** What a poll found; `cancel` goes before a deployment, as the server never offers both. */
export type Poll =
  | { readonly found: 'nothing' }
  | { readonly found: 'deployment'; readonly deployment: Deployment }
  | { readonly found: 'cancel'; readonly url: string; readonly stopId: number };

/** A poll that was answered, with the seconds to the next one, or null where no answer could be understood. */
export type Polled = { readonly sleepSeconds: number; readonly wantsAttributes: boolean; readonly poll: Poll } | null;

/** Asks for the controller base and for what it links to, as each of SWUpdate's polls does. */
export async function poll(device: Device): Promise<Polled> {
  const answer = await ask(device, { kind: 'poll', method: 'GET', url: deviceUrl(device) });
  const base = answer.status === 200 ? readBase(answer.text) : null;
  if (base === null) return null;
  const sleepSeconds = device.setup.pollSeconds ?? base.sleepSeconds;
  return { sleepSeconds, wantsAttributes: base.wantsAttributes, poll: await follow(device, base) };
}

async function follow(device: Device, base: Base): Promise<Poll> {
  if (base.cancel !== null) {
    const answer = await ask(device, { kind: 'deployment', method: 'GET', url: base.cancel });
    const stopId = answer.status === 200 ? readStopId(answer.text) : null;
    return stopId === null ? { found: 'nothing' } : { found: 'cancel', url: base.cancel, stopId };
  }
  if (base.deployment === null) return { found: 'nothing' };
  const answer = await ask(device, { kind: 'deployment', method: 'GET', url: base.deployment });
  const deployment = answer.status === 200 ? readDeployment(answer.text) : null;
  if (deployment === null) return { found: 'nothing' };
  noteOffer(device.belief, deployment.action);
  return { found: 'deployment', deployment };
}
