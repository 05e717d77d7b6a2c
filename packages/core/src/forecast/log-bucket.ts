import type { Random } from './random.ts';

/** Four buckets a doubling: each is 19 % wide, and a day of milliseconds lies in the 106th. */
const BUCKETS_PER_DOUBLING = 4;
const MAX_BUCKET = 200;

/** The bucket of a duration in ms or of a rate in bytes/s; what is below 1 counts as 1. */
export function logBucketOf(value: number): number {
  return Math.min(MAX_BUCKET, Math.round(Math.log2(Math.max(1, value)) * BUCKETS_PER_DOUBLING));
}

/** The middle of a bucket. */
export function logBucketValue(bucket: number): number {
  return 2 ** (bucket / BUCKETS_PER_DOUBLING);
}

/** Some value of a bucket. */
export function valueInBucket(bucket: number, random: Random): number {
  return 2 ** ((bucket + random() - 0.5) / BUCKETS_PER_DOUBLING);
}
