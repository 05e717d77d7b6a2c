/** What may go when it has been over for so many days; 0 keeps it for ever. */
export type Retention = {
  /** Ended rollouts and direct assignments, with their assignments, attempts and reports. */
  readonly rollouts: number;
  readonly events: number;
  /** Artifacts that no component names. */
  readonly artifacts: number;
};

export const MAX_RETENTION_DAYS = 36_500;

/**
 * Two years of history answer what a plant asks of its past, one of events what an auditor asks who reads them yearly.
 * Artifacts stay unless the tenant says otherwise: a file that was uploaded and not used yet is nobody's to remove.
 */
export const DEFAULT_RETENTION: Retention = { rollouts: 730, events: 365, artifacts: 0 };
