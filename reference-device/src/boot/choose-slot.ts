import { decodeEnvironment, encodeEnvironment, ENVIRONMENT_NAMES, type Environment } from './environment.ts';

export type SlotName = 'a' | 'b';
/** The two copies of the environment, each the 512 bytes of its partition. */
export type Copies = { readonly env: Buffer; readonly env2: Buffer };
/** Whether U-Boot can load kernel and initrd of a slot. */
export type Loadable = Readonly<Record<SlotName, boolean>>;
export type EnvironmentWrite = { readonly copy: keyof Copies; readonly bytes: Buffer };

export type Choice = {
  /** undefined: neither slot can be loaded; the device waits and tries again. */
  readonly slot: SlotName | undefined;
  readonly trial: boolean;
  /** Boots of this slot since it was last found healthy, this one included. */
  readonly count: number;
  /** Sector writes in their order. */
  readonly writes: readonly EnvironmentWrite[];
  /** Lines on the console, without `UPDRAFT `, of a device with a watchdog. */
  readonly words: readonly string[];
};

const DEFAULT_BOOT_LIMIT = 3;
/** Boots in vain of a slot that is committed before the other one is tried. */
export const COMMITTED_LIMIT = 6;
const WATCHDOG_SECONDS = ['20', '30', '60', '120'];
const DEFAULT_WATCHDOG_SECONDS = '60';

/** What the script does with an environment: `bootcount` and the rest become numbers only where they are compared. */
type Draft = { readonly environment: Environment; readonly words: readonly string[] };
type Reason = 'boot-limit' | 'boot-loop' | 'image-unloadable';

/**
 * boot.cmd as a pure function: which slot boots, and what is written first. A test holds it against the real script in U-Boot,
 * byte for byte.
 */
export function chooseSlot(copies: Copies, loadable: Loadable): Choice {
  const { environment, writes: repairs, words } = readCopies(copies);
  const draft = avoidUnloadable(applyLimits({ environment: normalise(environment), words }), loadable);
  const slot = draft.environment['slot'] as SlotName;
  const trial = isTrial(draft.environment);
  if (!loadable[slot])
    return { slot: undefined, trial, count: 0, writes: repairs, words: [...draft.words, 'nothing to boot'] };
  const count = Number(draft.environment['bootcount']) + 1;
  const tested: Environment = trial ? { ustate: '2', recovery_status: '', boot_reason: '' } : {};
  const bytes = encodeEnvironment({ ...draft.environment, ...tested, bootcount: String(count) });
  const writes = [...repairs, { copy: 'env', bytes } as const, { copy: 'env2', bytes } as const];
  const said = `boot slot=${slot} trial=${trial ? 1 : 0} count=${count}`;
  const armed = `watchdog seconds=${draft.environment['watchdog_seconds']}`;
  return { slot, trial, count, writes, words: [...draft.words, armed, said] };
}

type Read = Pick<Choice, 'writes' | 'words'> & { readonly environment: Environment };

/** The first copy counts where it is valid; the other is made its equal before anything else is written. */
function readCopies({ env, env2 }: Copies): Read {
  const [first, mirror] = [decodeEnvironment(env), decodeEnvironment(env2)];
  if (first !== undefined) {
    const words = mirror === undefined ? ['environment repaired from=env'] : [];
    return { environment: first, writes: env.equals(env2) ? [] : [{ copy: 'env2', bytes: env }], words };
  }
  if (mirror !== undefined) {
    const words = ['environment repaired from=env2'];
    return { environment: mirror, writes: [{ copy: 'env', bytes: env2 }], words };
  }
  return { environment: {}, writes: [], words: ['environment repaired from=defaults'] };
}

function normalise(read: Environment): Environment {
  const kept = Object.fromEntries(ENVIRONMENT_NAMES.map((name) => [name, read[name] ?? '']));
  const seconds = read['watchdog_seconds'] ?? '';
  return {
    ...kept,
    slot: read['slot'] === 'b' ? 'b' : 'a',
    upgrade_available: read['upgrade_available'] === '1' ? '1' : '0',
    bootcount: digit(read['bootcount']) ?? '0',
    bootlimit: digit(read['bootlimit']) ?? String(DEFAULT_BOOT_LIMIT),
    ustate: read['ustate'] ?? '0',
    watchdog_seconds: WATCHDOG_SECONDS.includes(seconds) ? seconds : DEFAULT_WATCHDOG_SECONDS,
  };
}

function digit(text: string | undefined): string | undefined {
  return text !== undefined && /^[1-9]$/.test(text) ? text : undefined;
}

function applyLimits(draft: Draft): Draft {
  const { environment, words } = draft;
  const count = Number(environment['bootcount']);
  if (isTrial(environment)) return count >= Number(environment['bootlimit']) ? fallBack(draft, 'boot-limit') : draft;
  if (count < COMMITTED_LIMIT) return draft;
  const looped = {
    environment: { ...environment, bootcount: '0' },
    words: [...words, `boot loop slot=${environment['slot']}`],
  };
  // SWUpdate's transaction marker: while it stands the other slot is not complete.
  return environment['recovery_status'] === '' ? fallBack(looped, 'boot-loop') : looped;
}

function avoidUnloadable(draft: Draft, loadable: Loadable): Draft {
  return loadable[draft.environment['slot'] as SlotName] ? draft : fallBack(draft, 'image-unloadable');
}

/** Only the end of a trial is SWUpdate's failure (ustate 3): an exchange of committed slots belongs to no update. */
function fallBack({ environment, words }: Draft, reason: Reason): Draft {
  const slot = environment['slot'] === 'a' ? 'b' : 'a';
  const ustate = isTrial(environment) ? '3' : (environment['ustate'] ?? '');
  return {
    environment: { ...environment, slot, ustate, upgrade_available: '0', bootcount: '0', boot_reason: reason },
    words: [...words, `fall-back reason=${reason} to=${slot}`],
  };
}

function isTrial(environment: Environment): boolean {
  return environment['upgrade_available'] === '1';
}
