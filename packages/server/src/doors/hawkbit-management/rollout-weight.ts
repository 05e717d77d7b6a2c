/** What an action weighs if nothing is said: hawkBit's default. */
export const DEFAULT_WEIGHT = 1000;
