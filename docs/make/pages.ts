import { configurationPage } from './configuration.ts';
import { forecastPage, forecastPicture } from './forecast.ts';
import { hawkbitRoutesPage } from './hawkbit-routes.ts';
import { lifecyclesPage } from './lifecycles.ts';
import { actionPage } from './policies/action.ts';
import { approvalPage } from './policies/approval-and-start.ts';
import { consentPage } from './policies/consent.ts';
import { evidencePage } from './policies/evidence.ts';
import { policiesPage } from './policies/index-page.ts';
import { pacePage } from './policies/pace.ts';
import { phasesPage } from './policies/phases-and-thresholds.ts';
import { lateComersPage } from './policies/late-comers.ts';
import type { PolicyPage } from './policies/policy-page.ts';
import { retriesPage } from './policies/retries.ts';
import { timeLimitsPage } from './policies/time-limits.ts';
import { failurePage } from './policies/what-a-failure-does.ts';
import { weightPage } from './policies/weight.ts';
import { windowsPage } from './policies/windows.ts';

const POLICIES: readonly PolicyPage[] = [
  phasesPage,
  approvalPage,
  actionPage,
  windowsPage,
  pacePage,
  consentPage,
  evidencePage,
  retriesPage,
  timeLimitsPage,
  failurePage,
  weightPage,
  lateComersPage,
];

/** The pages and pictures that are made from code, by their path from the root. */
export const madePages: Readonly<Record<string, () => string>> = {
  'docs/configuration.md': configurationPage,
  'docs/forecast.md': forecastPage,
  'docs/forecast.svg': forecastPicture,
  'docs/hawkbit-routes.md': hawkbitRoutesPage,
  'docs/lifecycles.md': lifecyclesPage,
  'docs/policies/README.md': () => policiesPage(POLICIES),
  ...Object.fromEntries(
    POLICIES.flatMap(({ name, page, picture }) => [
      [`docs/policies/${name}.md`, page],
      [`docs/policies/${name}.svg`, picture],
    ]),
  ),
};
