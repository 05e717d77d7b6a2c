import { configurationPage } from './configuration.ts';
import { lifecyclesPage } from './lifecycles.ts';
import type { PolicyPage } from './policies/policy-page.ts';
import { retriesPage } from './policies/retries.ts';
import { timeLimitsPage } from './policies/time-limits.ts';
import { windowsPage } from './policies/windows.ts';

const POLICIES: readonly PolicyPage[] = [windowsPage, retriesPage, timeLimitsPage];

/** The pages and pictures that are made from code, by their path from the root. */
export const madePages: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': configurationPage,
  'docs/lifecycles.md': lifecyclesPage,
  ...Object.fromEntries(
    POLICIES.flatMap(({ name, page, picture }) => [
      [`docs/policies/${name}.md`, page],
      [`docs/policies/${name}.svg`, picture],
    ]),
  ),
};
