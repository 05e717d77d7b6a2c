import { parseFilter, type FilterFields, type PollOverride } from '@updraft/core';
import { searchFields, TARGET_SEARCH } from '@updraft/protocols/hawkbit-management';
import { DEVICE_LIST } from '@updraft/store';
import type { PollRulesChange } from './poll-rules-view.ts';

/** The fields that a filter of an override may name. */
export function fieldsOfOverride({ names }: Pick<PollOverride, 'names'>): FilterFields {
  return names === 'own' ? DEVICE_LIST.fields : searchFields(DEVICE_LIST.fields, TARGET_SEARCH);
}

/** What is wrong with the first override whose filter cannot be read; null: nothing. */
export function wrongOverride({ pollOverrides = [] }: PollRulesChange): string | null {
  for (const { filter, names = 'own' } of pollOverrides) {
    const parsed = parseFilter(filter, fieldsOfOverride({ names }));
    if (parsed.outcome === 'refused') return `${filter}: ${parsed.problem.message}`;
  }
  return null;
}
