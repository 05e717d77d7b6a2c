import { formatPollInterval, NO_POLL_RULES, parsePollInterval, type PollOverride, type PollRules } from '@updraft/core';

type OverrideView = { readonly filter: string; readonly pollInterval: string; readonly deviationPercent: number };

export type PollRulesChange = {
  readonly pollDeviationPercent?: number | undefined;
  readonly pollsBeforeWindow?: number | undefined;
  /** `names`: left out, the filter uses ours. */
  readonly pollOverrides?: readonly (OverrideView & { readonly names?: PollOverride['names'] })[] | undefined;
};

/** What a tenant's `poll_rules` hold. */
export function pollRulesOf(json: string): PollRules {
  return json === '' ? NO_POLL_RULES : { ...NO_POLL_RULES, ...(JSON.parse(json) as Partial<PollRules>) };
}

/** As settings show them. */
export function pollRulesView(json: string): {
  pollDeviationPercent: number;
  pollsBeforeWindow: number;
  pollOverrides: { filter: string; pollInterval: string; deviationPercent: number }[];
} {
  const { deviationPercent, overrides, pollsBeforeWindow } = pollRulesOf(json);
  return {
    pollDeviationPercent: deviationPercent,
    pollsBeforeWindow,
    pollOverrides: overrides.map((one) => ({
      filter: one.filter,
      pollInterval: formatPollInterval(one.seconds),
      deviationPercent: one.deviationPercent,
    })),
  };
}

/** The column as it is after a change; empty where all is as usual. */
export function changedPollRules(before: string, change: PollRulesChange): string {
  const rules = pollRulesOf(before);
  const after: PollRules = {
    deviationPercent: change.pollDeviationPercent ?? rules.deviationPercent,
    overrides: change.pollOverrides?.map(overrideOf) ?? rules.overrides,
    pollsBeforeWindow: change.pollsBeforeWindow ?? rules.pollsBeforeWindow,
  };
  const written = JSON.stringify(after);
  return written === JSON.stringify(NO_POLL_RULES) ? '' : written;
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
