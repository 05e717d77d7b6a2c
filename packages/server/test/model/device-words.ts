import type { Meaning } from './report-model.ts';
import type { ModelTry } from './model-state.ts';

const SWUPDATE = { 'user-agent': 'libcurl-agent/1.0' };

/** What a report's words mean by the state in which they come; SWUpdate's result of something else is `stale`. */
type Spoken = {
  readonly execution: string;
  readonly finished: string;
  readonly progress?: { readonly cnt: number; readonly of: number };
  readonly details?: string;
  readonly means: (attempt: ModelTry | null) => Meaning | 'stale';
};

const always = (meaning: Meaning) => () => meaning;
const nothing = { cnt: 0, of: 0 };

/** After its restart it tells what its boot environment holds: of this attempt only if that has begun. */
function afterRestart(installed: Meaning, otherwise: Meaning) {
  return (attempt: ModelTry | null) => {
    if (attempt === null || attempt.begunAt === null) return 'stale';
    return workOf(attempt) === 'awaiting-report' ? installed : otherwise;
  };
}

function workOf({ state, canceledFrom }: ModelTry): string | null {
  return state === 'canceling' ? canceledFrom : state;
}

const SPOKEN = {
  downloads: { execution: 'download', finished: 'none', means: always('downloading') },
  downloaded: { execution: 'downloaded', finished: 'none', means: always('downloaded') },
  proceeds: { execution: 'proceeding', finished: 'none', means: always('proceeding') },
  noted: { execution: 'scheduled', finished: 'none', means: always('noted') },
  refused: { execution: 'rejected', finished: 'none', means: always('refused') },
  succeeded: { execution: 'closed', finished: 'success', means: always('succeeded') },
  failed: { execution: 'closed', finished: 'failure', means: always('failed') },
  'swupdate starts': {
    execution: 'proceeding',
    finished: 'none',
    progress: { cnt: 0, of: 1 },
    details: 'Installing Update Chunk Artifacts.',
    means: always('downloading'),
  },
  'swupdate logs': {
    execution: 'proceeding',
    finished: 'none',
    progress: { cnt: 1, of: 0 },
    details: 'TRACE : cpio stream',
    means: (attempt) =>
      attempt !== null && workOf(attempt) === 'downloaded' && attempt.begunAt !== null ? 'proceeding' : 'noted',
  },
  'swupdate installed': {
    execution: 'proceeding',
    finished: 'none',
    progress: { cnt: 1, of: 1 },
    details: 'All Chunks Installed.',
    means: always('installed'),
  },
  'swupdate tests': {
    execution: 'proceeding',
    finished: 'none',
    progress: nothing,
    details: 'Update Installed, Testing Pending.',
    means: afterRestart('installed', 'installed'),
  },
  'swupdate succeeded': {
    execution: 'closed',
    finished: 'success',
    progress: nothing,
    details: 'Update Installed.',
    means: afterRestart('succeeded', 'succeeded'),
  },
  'swupdate rolled back': {
    execution: 'closed',
    finished: 'failure',
    progress: nothing,
    details: 'Update Failed.',
    means: afterRestart('rolled-back', 'failed'),
  },
  'swupdate failed': {
    execution: 'closed',
    finished: 'failure',
    progress: { cnt: 0, of: 1 },
    details: 'ERROR : Signature verification failed',
    means: always('failed'),
  },
} as const satisfies Record<string, Spoken>;

export type Words = keyof typeof SPOKEN;
export const WORDS = Object.keys(SPOKEN) as readonly Words[];

export function meansIn(words: Words): Spoken['means'] {
  return SPOKEN[words].means;
}

export function spoken(number: number, words: Words) {
  const { execution, finished, progress, details }: Spoken = SPOKEN[words];
  const result = progress === undefined ? { finished } : { progress, finished };
  return {
    headers: words.startsWith('swupdate') ? SWUPDATE : {},
    body: { id: number, status: { execution, result, ...(details === undefined ? {} : { details: [details] }) } },
  };
}
