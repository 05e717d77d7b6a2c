/** How a simulated device takes an update. Rates in bytes per second, null for as fast as they come. */
export type Behaviour = {
  readonly name: string;
  readonly bytesPerSecond: number | null;
  readonly installSeconds: number;
  readonly rebootSeconds: number;
  /** What happens once, when `interruptedAt` (0 to 1) of the first artifact has come. */
  readonly interruption: 'none' | 'connection-cut' | 'silence';
  readonly interruptedAt: number;
  /** `install-fails`: said at once; `boot-fails`: the new slot does not start and the old one says so; `boots-old`: says success all the same. */
  readonly ending: 'boots-new' | 'install-fails' | 'boot-fails' | 'boots-old';
};

const GOOD: Behaviour = {
  name: 'good',
  bytesPerSecond: null,
  installSeconds: 0.5,
  rebootSeconds: 1,
  interruption: 'none',
  interruptedAt: 0.4,
  ending: 'boots-new',
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
} as const satisfies Record<string, Behaviour>;
