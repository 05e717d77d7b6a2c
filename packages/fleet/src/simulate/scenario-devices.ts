import { BEHAVIOURS, type Behaviour } from '../behaviour.ts';
import { chance } from '../chance.ts';
import type { DeviceSetup } from '../device.ts';
import type { Scenario, ScenarioFailure } from './scenario.ts';

/** A device of a scenario, before the server has let it in. */
export type ScenarioDevice = Omit<DeviceSetup, 'credential'> & { readonly type: string };

const INDEX_DIGITS = 5;
/** The attribute in which devices tell their zone. */
const ZONE_ATTRIBUTE = 'zone';

/** The devices of a scenario: what each is like depends on the seed and its index, and on no other device. */
export function devicesOf(scenario: Scenario): readonly ScenarioDevice[] {
  return Array.from({ length: scenario.devices }, (_, index) => deviceAt(scenario, index));
}

function deviceAt(scenario: Scenario, index: number): ScenarioDevice {
  const drawn = (word: string): number => chance(scenario.seed, `${index}`, word);
  const type = choiceOf(scenario.types, drawn('type'));
  const { zone } = choiceOf(scenario.zones, drawn('zone'));
  const { bytesPerSecond } = choiceOf(scenario.links, drawn('link'));
  const { seconds } = choiceOf(scenario.polls, drawn('poll'));
  const offline = partOf(scenario.offline, drawn('offline'));
  const failure = partOf(scenario.failures, drawn('failure'));
  const good: Behaviour = {
    ...BEHAVIOURS.good,
    bytesPerSecond,
    installSeconds: between(scenario.installSeconds, drawn('install')),
    rebootSeconds: between(scenario.rebootSeconds, drawn('reboot')),
  };
  return {
    name: `${scenario.prefix}-${String(index).padStart(INDEX_DIGITS, '0')}`,
    index,
    type: type.name,
    ...(type.versionAttribute === null ? {} : { versionAttribute: type.versionAttribute }),
    version: type.version,
    attributes: { [ZONE_ATTRIBUTE]: zone },
    behaviour: failure === null ? good : failing(good, failure),
    ...(seconds === null ? {} : { pollSeconds: seconds }),
    ...(offline === null ? {} : { offline: { zone, fromMinute: offline.from, toMinute: offline.to } }),
    ...(failure?.kind === 'clock-wrong' ? { clockAheadSeconds: failure.aheadSeconds } : {}),
  };
}

function failing(good: Behaviour, failure: ScenarioFailure): Behaviour {
  const named = { ...good, name: failure.kind };
  switch (failure.kind) {
    case 'liar':
    case 'closes-unread': {
      const fetches = failure.kind === 'liar';
      return { ...named, ending: 'boots-old', success: 'before-reboot', fetches, times: failure.times ?? Infinity };
    }
    case 'restored':
      return { ...named, restoredAfterSeconds: failure.afterSeconds };
    case 'silent':
      return { ...named, interruption: 'silence' };
    case 'install-fails':
      return { ...named, ending: 'install-fails', times: failure.times ?? Infinity };
    case 'boot-loop':
      return { ...named, ending: 'boot-fails', bootTries: failure.boots, times: failure.times ?? Infinity };
    case 'flaky-link':
      return { ...named, interruption: 'connection-cut', interruptedAt: 1 / (failure.cuts + 1), cuts: failure.cuts };
    case 'slow':
      return {
        ...named,
        bytesPerSecond: good.bytesPerSecond === null ? null : good.bytesPerSecond / failure.factor,
        installSeconds: good.installSeconds * failure.factor,
        rebootSeconds: good.rebootSeconds * failure.factor,
      };
    case 'clock-wrong':
      return named;
  }
}

function between([least, most]: readonly [number, number], share: number): number {
  return least + (most - least) * share;
}

/** The entry in whose share `drawn` falls; the last one takes what rounding leaves. The schema lets no list be empty. */
function choiceOf<T extends { readonly share: number }>(entries: readonly T[], drawn: number): T {
  return partOf(entries, drawn) ?? (entries.at(-1) as T);
}

/** The entry in whose share `drawn` falls; null where it falls behind all of them. */
function partOf<T extends { readonly share: number }>(entries: readonly T[], drawn: number): T | null {
  let upTo = 0;
  for (const entry of entries) {
    upTo += entry.share;
    if (drawn < upTo) return entry;
  }
  return null;
}
