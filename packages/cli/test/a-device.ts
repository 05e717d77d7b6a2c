import { setTimeout as wait } from 'node:timers/promises';

const LOOK_EVERY_MILLISECONDS = 50;
const LOOKS_AT_MOST = 1200;

type Links = { readonly _links?: { readonly deploymentBase?: { readonly href: string } } };

/** A device that speaks DDI by hand: waits for an offer, and says how it ended. */
export async function takeUpdate(
  server: string,
  device: { readonly name: string; readonly token: string },
  finished: 'success' | 'failure',
): Promise<void> {
  const headers = { authorization: `TargetToken ${device.token}` };
  for (let look = 0; look < LOOKS_AT_MOST; look += 1) {
    const poll = await fetch(`${server}/DEFAULT/controller/v1/${device.name}`, { headers });
    const href = ((await poll.json()) as Links)._links?.deploymentBase?.href;
    if (href !== undefined) {
      await (await fetch(href, { headers })).body?.cancel();
      return say(href, headers, finished);
    }
    await wait(LOOK_EVERY_MILLISECONDS);
  }
  throw new Error(`${device.name} was offered nothing`);
}

async function say(href: string, headers: Record<string, string>, finished: string): Promise<void> {
  const answer = await fetch(`${href.replace(/\?.*/, '')}/feedback`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ status: { execution: 'closed', result: { finished }, details: ['said by hand'] } }),
  });
  if (!answer.ok) throw new Error(`the report was answered ${answer.status}: ${await answer.text()}`);
}
