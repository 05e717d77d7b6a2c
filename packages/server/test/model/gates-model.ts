import { windowAt, type DailyWindow, type WindowMoment } from './daily-window.ts';
import { openTry, type Model, type ModelRollout, type ModelWish } from './model-state.ts';

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
    pace: openTry(wish)?.hasPlace === true || hasRoom(model, rollout),
    'back-off': wish.notBefore <= model.now,
    'penalty-box': device.penaltyUntil <= model.now,
    refusal: (openTry(wish)?.refusedUntil ?? 0) <= model.now,
  };
  return (Object.keys(gates) as ShutGate[]).filter((gate) => !gates[gate]);
}

/** What is to be downloaded only needs no yes of the user (design: `may-download` is all but consent). */
export function mayOffer(model: Model, wish: ModelWish): boolean {
  const shut = shutGates(model, wish);
  return wish.rollout.policy.downloadOnly ? shut.every((gate) => gate === 'consent') : shut.length === 0;
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
  return policy.parallel !== null || policy.perMinute !== null;
}

function hasRoom(model: Model, rollout: ModelRollout): boolean {
  const { parallel, perMinute } = rollout.policy;
  const taken = rollout.members.filter((member) => openTry(member)?.hasPlace === true).length;
  return (
    (parallel === null || taken < parallel) && (perMinute === null || startsLeft(rollout, perMinute, model.now) >= 1)
  );
}

/** `perMinute` starts come evenly in a minute, and never more are saved up. */
export function startsLeft({ starts }: ModelRollout, perMinute: number, now: number): number {
  return Math.min(perMinute, starts.left + ((now - starts.at) / 60_000) * perMinute);
}
