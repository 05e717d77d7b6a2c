/** A published release that every device it fits must run before any later one (design: 6-data, `required_step`). */
export type RequiredStep = {
  readonly id: number;
  readonly name: string;
  readonly version: string;
  readonly counter: number;
  /** Names of the device types that it is for; empty: any. */
  readonly deviceTypes: readonly string[];
};

/** Where a device stands and where it is to go, in the order of releases' counters. */
export type StepWay = {
  readonly type: string | null;
  /** Of the release that it runs; null: unknown, so that no step counts as done. */
  readonly runningCounter: number | null;
  readonly targetCounter: number | null;
};

/** The first required step between what a device runs and its target that it has not run; null: none is missing. */
export function missingStep(steps: readonly RequiredStep[], way: StepWay): RequiredStep | null {
  return steps.reduce<RequiredStep | null>(
    (first, step) => (isBetween(step, way) && (first === null || step.counter < first.counter) ? step : first),
    null,
  );
}

/** A release that names no device type fits every device; a device without a type takes only such releases. */
export function isCompatible(deviceType: string | null, releaseTypes: readonly string[]): boolean {
  return releaseTypes.length === 0 || (deviceType !== null && releaseTypes.includes(deviceType));
}

function isBetween({ counter, deviceTypes }: RequiredStep, { type, runningCounter, targetCounter }: StepWay): boolean {
  if (targetCounter === null || counter >= targetCounter) return false;
  return (runningCounter === null || counter > runningCounter) && isCompatible(type, deviceTypes);
}
