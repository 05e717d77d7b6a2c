/** How a simulated device takes an update. Rates in bytes per second, null for as fast as they come. */
export type Behaviour = {
  readonly name: string;
  readonly bytesPerSecond: number | null;
  readonly installSeconds: number;
  readonly rebootSeconds: number;
  /** What happens when `interruptedAt` (0 to 1) of an artifact has come: a cut link breaks off `cuts` times, then on. */
  readonly interruption: 'none' | 'connection-cut' | 'silence';
  readonly interruptedAt: number;
  readonly cuts: number;
  /** `install-fails`: said at once; `boot-fails`: the new slot does not start and the old one says so; `boots-old`: says success all the same. */
  readonly ending: 'boots-new' | 'install-fails' | 'boot-fails' | 'boots-old';
  /** How often a new slot that does not start is booted before the bootloader returns to the old one. */
  readonly bootTries: number;
  /** Whether success is told by the process that the reboot starts, as SWUpdate does, or before the reboot. */
  readonly success: 'after-reboot' | 'before-reboot';
  /** Whether it fetches what it was offered before it says that it has installed it. */
  readonly fetches: boolean;
  /** When, after an update that went well, its disk is restored from a backup of the time before, once; null: never. */
  readonly restoredAfterSeconds: number | null;
  /** Of its updates, how many go so; those after them go well. */
  readonly times: number;
};

const GOOD: Behaviour = {
  name: 'good',
  bytesPerSecond: null,
  installSeconds: 0.5,
  rebootSeconds: 1,
  interruption: 'none',
  interruptedAt: 0.4,
  cuts: 1,
  ending: 'boots-new',
  bootTries: 1,
  success: 'after-reboot',
  fetches: true,
  restoredAfterSeconds: null,
  times: Infinity,
};

const SLOW_BYTES_PER_SECOND = 4_000_000;

/** The behaviours that the demo, the journeys and the load tests choose from; spread one to vary it. */
export const BEHAVIOURS = {
  good: GOOD,
  slow: { ...GOOD, name: 'slow', bytesPerSecond: SLOW_BYTES_PER_SECOND, installSeconds: 1 },
  interrupted: { ...GOOD, name: 'interrupted', interruption: 'connection-cut' },
  failing: { ...GOOD, name: 'failing', ending: 'install-fails' },
  'old-version': { ...GOOD, name: 'old-version', ending: 'boots-old' },
  silent: { ...GOOD, name: 'silent', interruption: 'silence' },
  'rolling-back': { ...GOOD, name: 'rolling-back', ending: 'boot-fails' },
  liar: { ...GOOD, name: 'liar', ending: 'boots-old', success: 'before-reboot' },
} as const satisfies Record<string, Behaviour>;

/** How the update after `updates` others goes. */
export function behaviourAt(behaviour: Behaviour, updates: number): Behaviour {
  const { interruption, ending, success, fetches } = GOOD;
  return updates < behaviour.times ? behaviour : { ...behaviour, interruption, ending, success, fetches };
}
