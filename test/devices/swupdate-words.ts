/** Log lines of Debian's SWUpdate 2022.12 that tests wait for. */
export const SAYS = {
  /** Suricatta is about to poll for the first time. */
  ready: /Server initialized, entering suricatta main loop/,
  /** It ends: eleven other SWUpdates run in this network namespace. */
  noFreeSocket: /Error binding notifier socket/,
  /** The slot is written and `ustate` is 1; the reports about it are still on their way. */
  installed: /Update successful, executing post-update actions/,
  failed: /Error processing update chunk named/,
  /** The installer has cleared away an installation that it did not finish, and waits again. */
  brokenOff: /Image invalid or corrupted[^]*Waiting for requests/,
  /** It polls, but takes nothing more before it is started again. */
  awaitingReboot: /An already installed update is pending testing/,
} as const;

/** What `swupdate -c` or `-i` thinks of a bundle. */
export type InstallVerdict = {
  readonly successful: boolean;
  /** Its error lines, without prefix and severity. */
  readonly errors: readonly string[];
  /** All that it printed. */
  readonly words: string;
};

const CORE_SUCCESS = /^\[INFO \] : SWUPDATE successful !/m;
const CORE_FAILURE = /^\[ERROR\] : SWUPDATE failed \[1\] (?:Image invalid or corrupted|Installation failed)/m;
const END_SUCCESS = /\bSWUpdate was successful !/;
const END_FAILURE = /\bSWUpdate \*failed\* !/;
const ERROR_LINE = /^\[ERROR\] : SWUPDATE failed \[\d+\] (?:ERROR : )?(.*)$/gm;

/**
 * Judges one run of `swupdate -c` or `-i` (Debian's 2022.12, loglevel 4) by its words; its exit status is 1 after a tenth or more
 * of its successes. The main thread may take the state before the installation for that after it: then it says that all was
 * well, removes the files that the installer is about to read, and ends. So a verdict needs both voices, the installer's and
 * the main thread's; undefined is a run in which they differ or one is silent, which tells nothing and is to be repeated.
 */
export function verdictOf(words: string): InstallVerdict | undefined {
  const successful = CORE_SUCCESS.test(words) && END_SUCCESS.test(words);
  const failed = CORE_FAILURE.test(words) && END_FAILURE.test(words);
  if (successful === failed) return undefined;
  const errors = [...words.matchAll(ERROR_LINE)].map(([, text = '']) => text.trim());
  return { successful, errors: errors.filter((error) => !END_FAILURE.test(error)), words };
}
