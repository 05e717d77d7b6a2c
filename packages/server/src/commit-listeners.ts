import type { Touched } from '@updraft/store';

/** Who forgets what it remembers when a commit has changed it. Told before the command's caller hears. */
export interface CommitListeners {
  onTouched(listener: (touched: Touched) => void): void;
  /** Commits of other servers may have been missed: forget everything. */
  onMissed(listener: () => void): void;
  touched(touched: Touched): void;
  missed(): void;
}

export function createCommitListeners(): CommitListeners {
  const forTouched = new Set<(touched: Touched) => void>();
  const forMissed = new Set<() => void>();
  return {
    onTouched: (listener) => void forTouched.add(listener),
    onMissed: (listener) => void forMissed.add(listener),
    touched: (touched) => {
      for (const listener of forTouched) listener(touched);
    },
    missed: () => {
      for (const listener of forMissed) listener();
    },
  };
}
