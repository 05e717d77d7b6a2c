const TELL_EVERY_MS = 10_000;

/** Gives what says on stderr how far a long run has come, at most once in ten seconds. */
export function progress(): (told: string) => void {
  const startedAt = performance.now();
  let last = startedAt;
  return (told) => {
    const now = performance.now();
    if (now - last < TELL_EVERY_MS) return;
    last = now;
    process.stderr.write(`${((now - startedAt) / 1000).toFixed(0).padStart(5)} s  ${told}\n`);
  };
}
