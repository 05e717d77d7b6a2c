import { DEFAULT_POLICY, ONE_PHASE } from '@updraft/core';
import { span, type PolicyPage } from './policy-page.ts';

/** What each part of a policy is without a word about it, and which page tells of it. */
const PARTS: readonly (readonly [part: keyof typeof DEFAULT_POLICY, page: string, unsaid: () => string])[] = [
  ['start', 'approval-and-start', () => `by ${DEFAULT_POLICY.start.by}`],
  ['approval', 'approval-and-start', () => DEFAULT_POLICY.approval],
  ['action', 'action', () => DEFAULT_POLICY.action.kind],
  ['consent', 'consent', () => (DEFAULT_POLICY.consent.required ? 'asked for' : 'not asked for')],
  ['windows', 'windows', () => `${DEFAULT_POLICY.windows.windows.length || 'no'} windows: at any time`],
  ['pace', 'pace', () => 'no limit'],
  ['retries', 'retries', () => `${DEFAULT_POLICY.retries.limit || 'none'}`],
  ['timeLimits', 'time-limits', () => `silence ${span(DEFAULT_POLICY.timeLimits.silenceSeconds)}, and one a stage`],
  ['onFailure', 'what-a-failure-does', () => DEFAULT_POLICY.onFailure],
  ['dynamic', 'late-comers', () => `${DEFAULT_POLICY.dynamic ? 'late-comers join' : 'late-comers do not join'}`],
  ['emergency', 'weight', () => (DEFAULT_POLICY.emergency ? 'yes' : 'no')],
];

/** The index of the pages of policies. */
export function policiesPage(pages: readonly PolicyPage[]): string {
  const listed = pages.map(({ name, title }) => `- [${title}](${name}.md)`);
  const parts = PARTS.map(([part, page, unsaid]) => `| \`${part}\` | ${unsaid()} | [${page}](${page}.md) |`);
  return `# Policies: what a rollout promises

A page each, with a picture that is drawn by the code that decides. Numbers and pictures are made by \`npm run docs\`; a test keeps them true.

${listed.join('\n')}

## Every part of a policy

A rollout has one policy, a [weight](weight.md) and one to many phases; what is not said is as in this table. Direct and automatic assignments take the same policies.

| part | when nothing is said | page |
|---|---|---|
${parts.join('\n')}

A phase that says nothing takes the rest, is reached at ${ONE_PHASE.successPercent} % success, has ${ONE_PHASE.error === null ? 'no error threshold' : 'an error threshold'}, soaks for ${ONE_PHASE.soakSeconds} s, and its successor starts ${ONE_PHASE.next === 'automatic' ? 'by itself' : 'by hand'}.
What cannot be meant is refused with a code and the place in the draft; what may surprise is told: \`updraft rollout preview\` does so before anything is made, and a direct assignment when it is.
`;
}
