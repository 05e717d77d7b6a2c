export type DemoTimeLimits = ReturnType<typeof timeLimitsOn>;

/** A poll's interval, what is written behind it, and a look of the scheduler's. */
const LEAST_SECONDS = 3;

/**
 * Short where the silent device and the one that boots its old version are to be found out while one looks, long else. A
 * device that waits for a processor is not silent: where a server takes long to start, it is waited for as long.
 */
export function timeLimitsOn(serverStartMs: number) {
  const foundOutSeconds = Math.max(LEAST_SECONDS, Math.ceil(serverStartMs / 1000));
  return {
    downloadingSeconds: 60,
    downloadedSeconds: 60,
    installingSeconds: 60,
    awaitingReportSeconds: 60,
    awaitingEvidenceSeconds: foundOutSeconds,
    silenceSeconds: foundOutSeconds,
  } as const;
}

/** Far more than the 8 s that the story takes; what has not ended by then differs from it. */
export function rolloutWithinMs({ silenceSeconds }: DemoTimeLimits): number {
  return 15_000 * silenceSeconds;
}
