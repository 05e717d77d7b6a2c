/** How fast a device's downloads were, four times faster from class to class. 0: nothing was measured. */
export const UNKNOWN_LINK = 0;
const SLOWEST_BYTES_PER_SECOND = 4096;
const LINK_CLASSES = 10;

/** Class 1 is below 4 KiB/s, class 2 below 16 KiB/s …, class 10 all that is faster. */
export function linkClassOf(bytesPerSecond: number): number {
  if (bytesPerSecond < SLOWEST_BYTES_PER_SECOND) return 1;
  return Math.min(LINK_CLASSES, 2 + Math.floor(Math.log2(bytesPerSecond / SLOWEST_BYTES_PER_SECOND) / 2));
}
