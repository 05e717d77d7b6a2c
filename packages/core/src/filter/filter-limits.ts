export const MAX_FILTER_CHARACTERS = 4000;
/** Parentheses inside parentheses. */
export const MAX_FILTER_DEPTH = 16;
/** Comparisons in one filter. */
export const MAX_FILTER_COMPARISONS = 100;
/** Values in all lists of one filter. */
export const MAX_FILTER_VALUES = 500;
/** Stars in one value: matching goes back for each. */
export const MAX_WILDCARDS_PER_VALUE = 8;
/** How far a duration may reach from now. */
export const MAX_FILTER_DURATION_YEARS = 100;
