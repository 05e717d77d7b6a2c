import { configurationPage } from './configuration.ts';
import { lifecyclesPage } from './lifecycles.ts';

/** The pages that are made from code, by their path from the root. */
export const madePages: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': configurationPage,
  'docs/lifecycles.md': lifecyclesPage,
};
