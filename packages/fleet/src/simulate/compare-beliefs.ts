import type { ApiClient, CallAnswer } from '@updraft/protocols';
import type { AttemptBelief, DeviceBelief } from '../beliefs.ts';
import { readAll } from './read-all.ts';

/** Something that a device and the server see differently; `about` is `attempt 17`, `version` or `running release`. */
export type Disagreement = {
  readonly device: string;
  readonly about: string;
  readonly deviceBelieves: string;
  readonly serverBelieves: string;
};

/** A device's belief, and the attribute in which its type shows the version that proves an update; undefined: none does. */
export type BelievingDevice = { readonly belief: DeviceBelief; readonly versionAttribute?: string | undefined };

type ServerDevice = CallAnswer<'devices.list'>['items'][number];
type ServerAssignment = CallAnswer<'assignments.list'>['items'][number];
type ServerAttempt = ServerAssignment['attempts'][number];

/**
 * Compares what devices believe, by name, with what the server says of them. A device knows less than the server of what
 * the server did unasked, so that each belief admits several states; what it admits not is a disagreement.
 */
export async function compareBeliefs(
  devices: ReadonlyMap<string, BelievingDevice>,
  api: ApiClient,
): Promise<readonly Disagreement[]> {
  const attempts = new Map<string, ServerAttempt[]>();
  for await (const { device, attempts: made } of readAll((query) => api.call('assignments.list', { query })))
    if (devices.has(device)) attempts.set(device, [...(attempts.get(device) ?? []), ...made]);
  const found: Disagreement[] = [];
  const met = new Set<string>();
  for await (const known of readAll((query) => api.call('devices.list', { query }))) {
    const device = devices.get(known.name);
    if (device === undefined) continue;
    met.add(known.name);
    found.push(...compareAttempts(known.name, device.belief, attempts.get(known.name) ?? []));
    found.push(...compareVersions(known, device, attempts.get(known.name) ?? []));
  }
  const absent = [...devices.keys()].filter((name) => !met.has(name));
  return [
    ...found,
    ...absent.map((device) => ({ device, about: 'device', deviceBelieves: 'here', serverBelieves: 'unknown' })),
  ];
}

function compareAttempts(device: string, { attempts }: DeviceBelief, made: readonly ServerAttempt[]): Disagreement[] {
  const byNumber = new Map(made.map((attempt) => [attempt.number, attempt]));
  const numbers = new Set([...attempts.keys(), ...byNumber.keys()]);
  return [...numbers].flatMap((number) => {
    const belief = attempts.get(number) ?? 'unseen';
    const attempt = byNumber.get(number);
    if (admits(belief, attempt)) return [];
    const serverBelieves = attempt === undefined ? 'unknown' : `${attempt.state} ${attempt.reason ?? ''}`.trim();
    return [{ device, about: `attempt ${number}`, deviceBelieves: belief, serverBelieves }];
  });
}

/** What the server may have done without the device's word. */
const UNASKED = ['scheduled', 'ready', 'awaiting-consent', 'offered', 'canceled', 'timed-out'];
const AT_WORK = ['downloading', 'downloaded', 'installing', 'verifying', 'canceling'];
const WITHOUT_EVIDENCE = ['booted-old-version', 'no-evidence'];

/** The states in which an attempt may stand at the server while its device believes so. */
const ADMITTED: Readonly<Record<AttemptBelief | 'unseen', readonly string[]>> = {
  unseen: UNASKED,
  seen: [...UNASKED, ...AT_WORK],
  begun: [...AT_WORK, 'canceled', 'timed-out'],
  told: [...AT_WORK, 'succeeded', 'failed', 'rolled-back', 'canceled', 'timed-out'],
  // What only awaits its evidence is given up unasked when something newer comes.
  finished: ['succeeded', 'verifying', 'canceled'],
  failed: ['failed', 'rolled-back'],
  canceled: ['canceled'],
  gone: [...UNASKED, 'succeeded', 'failed', 'rolled-back'],
};

function admits(belief: AttemptBelief | 'unseen', attempt: ServerAttempt | undefined): boolean {
  if (attempt === undefined) return belief === 'gone';
  if (ADMITTED[belief].includes(attempt.state)) return true;
  if (attempt.state !== 'failed') return false;
  const { reason } = attempt;
  if (belief === 'finished') return reason !== null && WITHOUT_EVIDENCE.includes(reason);
  return reason === 'incompatible' && (belief === 'seen' || belief === 'unseen');
}

/** The version that the device showed must be the one that is kept, and what runs by proof must run. */
function compareVersions(
  { name, attributes, runningRelease }: ServerDevice,
  { belief, versionAttribute }: BelievingDevice,
  made: readonly ServerAttempt[],
): Disagreement[] {
  const found: Disagreement[] = [];
  const kept = versionAttribute === undefined ? undefined : attributes[versionAttribute];
  if (belief.shownVersion !== null && kept !== undefined && kept !== belief.shownVersion)
    found.push({ device: name, about: 'version', deviceBelieves: belief.shownVersion, serverBelieves: kept });
  const running = runningRelease?.version ?? null;
  if (running !== null && isProven(made) && running !== belief.version && !isUntold(belief, versionAttribute))
    found.push({ device: name, about: 'running release', deviceBelieves: belief.version, serverBelieves: running });
  return found;
}

/** Nobody can know of a restored device what it has not shown yet, or has no attribute to show in. */
function isUntold({ isRestored, version, shownVersion }: DeviceBelief, versionAttribute: string | undefined): boolean {
  return isRestored && (versionAttribute === undefined || shownVersion !== version);
}

/** What is only reported proves nothing, and is shown as such. */
function isProven(made: readonly ServerAttempt[]): boolean {
  const last = made
    .filter(({ state }) => state === 'succeeded')
    .reduce<ServerAttempt | null>(
      (latest, one) => ((one.endedAt ?? '') > (latest?.endedAt ?? '') ? one : latest),
      null,
    );
  return last !== null && last.evidence.some((kind) => kind !== 'reported');
}
