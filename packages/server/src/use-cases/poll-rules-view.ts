import { formatPollInterval, NO_POLL_RULES, parsePollInterval, type PollOverride, type PollRules } from '@updraft/core';

type OverrideView = { readonly filter: string; readonly pollInterval: string; readonly deviationPercent: number };

export type PollRulesChange = {
  readonly pollDeviationPercent?: number | undefined;
  /** `names`: left out, the filter uses ours. */
  readonly pollOverrides?: readonly (OverrideView & { readonly names?: PollOverride['names'] })[] | undefined;
};

/** What a tenant's `poll_rules` hold. */
export function pollRulesOf(json: string): PollRules {
  return json === '' ? NO_POLL_RULES : (JSON.parse(json) as PollRules);
}

/** As settings show them. */
export function pollRulesView(json: string): {
  pollDeviationPercent: number;
  pollOverrides: { filter: string; pollInterval: string; deviationPercent: number }[];
} {
  const { deviationPercent, overrides } = pollRulesOf(json);
  return {
    pollDeviationPercent: deviationPercent,
    pollOverrides: overrides.map((one) => ({
      filter: one.filter,
      pollInterval: formatPollInterval(one.seconds),
      deviationPercent: one.deviationPercent,
    })),
  };
}

/** The column as it is after a change; empty where nothing departs from the poll interval. */
export function changedPollRules(before: string, change: PollRulesChange): string {
  const rules = pollRulesOf(before);
  const after: PollRules = {
    deviationPercent: change.pollDeviationPercent ?? rules.deviationPercent,
    overrides: change.pollOverrides?.map(overrideOf) ?? rules.overrides,
  };
  return after.deviationPercent === 0 && after.overrides.length === 0 ? '' : JSON.stringify(after);
}

function overrideOf({
  filter,
  pollInterval,
  deviationPercent,
  names = 'own',
}: NonNullable<PollRulesChange['pollOverrides']>[number]): PollOverride {
  const seconds = parsePollInterval(pollInterval);
  if (seconds === null) throw new Error(`"${pollInterval}" is no poll interval`);
  return { filter, seconds, deviationPercent, names };
}
