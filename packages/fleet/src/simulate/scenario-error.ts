/** A scenario file that cannot be played; each of `problems` says where and what was expected. */
export class ScenarioError extends Error {
  readonly code: 'scenario-unreadable' | 'scenario-not-yaml' | 'scenario-invalid';
  readonly problems: readonly string[];
  constructor(code: ScenarioError['code'], problems: readonly string[], options?: ErrorOptions) {
    super(problems.join('\n'), options);
    this.name = 'ScenarioError';
    this.code = code;
    this.problems = problems;
  }
}
