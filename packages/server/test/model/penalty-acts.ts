import { deviceAt, type Act } from './device-acts.ts';
import { look } from './model-run.ts';
import { attempt } from './operator-acts.ts';
import { tellPenaltyRule } from './penalty-rule.ts';

/** From now on the tenant sets devices aside by another rule: it is read at the next failure, and who is set aside stays so. */
export const setPenaltyRule: Act<'set-penalty-rule'> = async (run, { rule }) => {
  await tellPenaltyRule(run.world.api, rule);
  run.model.penaltyRule = rule;
  await look(run);
  return true;
};

/** A device that is set aside is taken back before its time, and its failures are forgotten. */
export const releasePenalty: Act<'release-penalty'> = async (run, { device: index }) => {
  const { model, world } = run;
  const asideNow = model.devices.find(({ isGone, penaltyUntil }) => !isGone && penaltyUntil > model.now);
  const device = (index === 0 ? undefined : asideNow) ?? deviceAt(run, index);
  if (device.isGone) return false;
  const mayBe = device.penaltyUntil > model.now;
  if (mayBe) Object.assign(device, { penaltyUntil: 0, failures: [] });
  await attempt(mayBe, () => world.api.call('devices.release-penalty', { params: { device: device.name } }));
  await look(run);
  return true;
};
