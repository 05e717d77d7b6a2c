import { windowAt, type DailyWindow, type WindowMoment } from './daily-window.ts';
import { openTry, type Model, type ModelRollout, type ModelTry, type ModelWish } from './model-state.ts';

/** The gates of the text, each from what the model knows itself (design: gates). */
export type ShutGate =
  | 'rollout'
  | 'phase'
  | 'installed'
  | 'consent'
  | 'window'
  | 'pace'
  | 'back-off'
  | 'penalty-box'
  | 'refusal'
  | 'service';

/** What stands between a wish and its device's permission to download and install; empty: nothing. */
export function shutGates(model: Model, wish: ModelWish): readonly ShutGate[] {
  const { rollout, phase, device } = wish;
  const { policy } = rollout;
  const consent = openTry(wish)?.consent ?? null;
  const gates: Readonly<Record<ShutGate, boolean>> = {
    service: !device.isGone,
    rollout: rollout.state === 'running',
    phase: phase.state === 'started',
    installed: device.running !== rollout.release,
    consent: !policy.consent || consent === 'given',
    window: isWindowOpen(model, wish),
    pace: hasPlace(openTry(wish)) || hasRoom(model, wish),
    'back-off': wish.notBefore <= model.now,
    'penalty-box': device.penaltyUntil <= model.now,
    refusal: (openTry(wish)?.refusedUntil ?? 0) <= model.now,
  };
  return (Object.keys(gates) as ShutGate[]).filter((gate) => !gates[gate]);
}

/** What a device may do. */
export type Permitted = { readonly download: boolean; readonly install: boolean };

/** `may-download` is all but the consent to install, and the window where downloads go ahead of it; `may-install` is all. */
export function permitted(model: Model, wish: ModelWish): Permitted {
  const { downloadOnly, downloadAhead } = wish.rollout.policy;
  const shut = shutGates(model, wish);
  const download = shut.every((gate) => gate === 'consent' || (gate === 'window' && downloadAhead));
  return { download, install: !downloadOnly && shut.length === 0 };
}

/** What is offered; null: nothing. Who cannot wait with the install is offered both or nothing, and so is whose user has not said yes. */
export function offerFor(model: Model, wish: ModelWish, splits: boolean): { readonly install: boolean } | null {
  const { download, install } = permitted(model, wish);
  if (install) return { install };
  const waits = wish.rollout.policy.downloadOnly || (splits && !shutGates(model, wish).includes('consent'));
  return download && waits ? { install } : null;
}

/** Whose turn it can be: held by its rollout or its phase, it starves no other (6-data 9). */
export function isEligible({ rollout, phase, device }: ModelWish): boolean {
  return rollout.state === 'running' && phase.state === 'started' && device.running !== rollout.release;
}

export function zoneOf({ device, rollout }: ModelWish): string {
  return device.zone ?? rollout.policy.window?.zone ?? 'UTC';
}

function isWindowOpen(model: Model, wish: ModelWish): boolean {
  const { window, emergency } = wish.rollout.policy;
  return window === null || emergency || windowOf(model, window, zoneOf(wish)).isOpen;
}

/** As of now; worked out anew only when it has changed. */
export function windowOf(model: Model, window: DailyWindow, zone: string): WindowMoment {
  const key = `${window.fromHour} ${window.minutes} ${zone}`;
  const known = model.windows.get(key);
  if (known !== undefined && known.changesAt > model.now) return known;
  const moment = windowAt(window, zone, model.now);
  model.windows.set(key, moment);
  return moment;
}

export function isPaced({ policy }: ModelRollout): boolean {
  return policy.parallel !== null || policy.perMinute !== null || policy.perSite !== null;
}

export function hasPlace(attempt: ModelTry | null): boolean {
  return attempt !== null && attempt.placeAt !== null;
}

/** A device without a site has no site's cap. */
function hasRoom(model: Model, { rollout, device }: ModelWish): boolean {
  const { parallel, perMinute, perSite } = rollout.policy;
  const taken = rollout.members.map((member) => openTry(member)).filter(hasPlace);
  const atSite = taken.filter((attempt) => attempt?.placeAt === device.site);
  return (
    (parallel === null || taken.length < parallel) &&
    (perSite === null || device.site === '' || atSite.length < perSite) &&
    (perMinute === null || startsLeft(rollout, perMinute, model.now) >= 1)
  );
}

/** `perMinute` starts come evenly in a minute, and never more are saved up. */
export function startsLeft({ starts }: ModelRollout, perMinute: number, now: number): number {
  return Math.min(perMinute, starts.left + ((now - starts.at) / 60_000) * perMinute);
}
