import type { Refusal } from '../http/problems.ts';
import { INTAKE_LIMITS } from '../intake/intake-limits.ts';

/** Why a body was not taken. */
export const RECEPTION_REFUSALS = {
  'too-large': {
    problem: 'artifact-too-large',
    detail: `An artifact has at most ${INTAKE_LIMITS.artifactBytes} bytes.`,
  },
  'storage-full': {
    problem: 'storage-full',
    detail: 'The disk of the server has no room for this file; delete artifacts that are not used, or add space.',
  },
  'checksum-mismatch': {
    problem: 'checksum-mismatch',
    detail: 'The bytes that arrived have another checksum than Upload-Checksum names; send them again.',
  },
} as const satisfies Record<string, Refusal>;

/** For a moment only, so that clients try again by themselves: 503. */
export const UPLOADS_FULL: Refusal = {
  problem: 'not-ready',
  detail: `${INTAKE_LIMITS.uploadsAtOnce} uploads are under way; try again when one has ended.`,
};
