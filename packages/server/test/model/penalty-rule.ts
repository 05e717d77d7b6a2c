import type { ApiClient } from '@updraft/protocols';
import type { PenaltyRule } from './model-state.ts';

/** Tells the tenant by which rule it sets devices aside. */
export async function tellPenaltyRule(
  api: ApiClient,
  { failures, withinSeconds, seconds }: PenaltyRule,
): Promise<void> {
  const { revision } = await api.call('settings.show');
  const body = { penaltyFailures: failures, penaltyWithinSeconds: withinSeconds, penaltySeconds: seconds };
  await api.call('settings.change', { body, ifMatch: revision });
}
