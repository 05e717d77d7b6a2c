import type { DeviceEntry } from './ledger.ts';

export type Said = {
  readonly action: number;
  readonly execution: 'proceeding' | 'closed';
  readonly detail: string;
};

/** Posts a report as an ordinary script would; resolves when it is answered 200, and rejects at any other answer. */
export async function reportTo(
  serverUrl: string,
  { name, token }: Pick<DeviceEntry, 'name' | 'token'>,
  { action, execution, detail }: Said,
): Promise<void> {
  const result = { finished: execution === 'closed' ? 'success' : 'none' };
  const answer = await fetch(`${serverUrl}/DEFAULT/controller/v1/${name}/deploymentBase/${action}/feedback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `TargetToken ${token}` },
    body: JSON.stringify({ id: String(action), status: { execution, result, details: [detail] } }),
  });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`the report "${detail}" was answered ${answer.status}`);
}
