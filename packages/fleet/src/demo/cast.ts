import { BEHAVIOURS, type Behaviour } from '../behaviour.ts';

/** A device of the demo: how it behaves, how people are told, and how its update must end if the demo is to be believed. */
export type Role = {
  readonly name: string;
  readonly behaviour: Behaviour;
  /** Shown beside the device while it updates; null for the many that only do what they should. */
  readonly remark: string | null;
  readonly ends: Ends;
};

/** A state, its reason's code, and what the device's own words about it must hold; null where there must be none. */
export type Ends = { readonly state: string; readonly reason: string | null; readonly message: string | null };

const DEVICES = 25;
const SUCCEEDED = { state: 'succeeded', reason: null, message: null };

/** The remarkable ones by their place in the fleet. */
const REMARKABLE: Readonly<Record<number, Omit<Role, 'name'>>> = {
  5: { behaviour: BEHAVIOURS.slow, remark: 'has a slow link', ends: SUCCEEDED },
  7: {
    behaviour: BEHAVIOURS.failing,
    remark: 'has no space left',
    ends: { state: 'failed', reason: 'failed', message: 'No space left' },
  },
  9: { behaviour: BEHAVIOURS.interrupted, remark: 'loses its connection', ends: SUCCEEDED },
  12: { behaviour: { ...BEHAVIOURS.slow, installSeconds: 2 }, remark: 'installs slowly', ends: SUCCEEDED },
  14: {
    behaviour: BEHAVIOURS['old-version'],
    remark: 'says done, boots the old version',
    ends: { state: 'failed', reason: 'booted-old-version', message: null },
  },
  19: { behaviour: { ...BEHAVIOURS.slow, rebootSeconds: 2 }, remark: 'reboots slowly', ends: SUCCEEDED },
  21: {
    behaviour: BEHAVIOURS.silent,
    remark: 'goes silent in its download',
    ends: { state: 'timed-out', reason: 'silence-limit', message: null },
  },
};

/** The fleet of the demo, in the order of names. */
export const CAST: readonly Role[] = Array.from({ length: DEVICES }, (_, index) => {
  const role = REMARKABLE[index + 1] ?? { behaviour: BEHAVIOURS.good, remark: null, ends: SUCCEEDED };
  return { name: `gw-${String(index + 1).padStart(2, '0')}`, ...role };
});
