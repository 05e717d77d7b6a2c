/** What one check found: the fact that it read, and where that is not good, what to do next. */
export type Finding = {
  readonly check: string;
  readonly verdict: 'ok' | 'warn' | 'fail';
  readonly fact: string;
  readonly advice: string | null;
};

export function ok(check: string, fact: string): Finding {
  return { check, verdict: 'ok', fact, advice: null };
}

export function warn(check: string, fact: string, advice: string): Finding {
  return { check, verdict: 'warn', fact, advice };
}

export function fail(check: string, fact: string, advice: string): Finding {
  return { check, verdict: 'fail', fact, advice };
}
