/** Works on all of them, at most `width` at a time. The first failure ends it; what is under way then is waited for. */
export async function inTurns<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const turns = Array.from({ length: Math.min(width, items.length) }, async () => {
    for (const item of left) await work(item);
  });
  const failed = (await Promise.allSettled(turns)).find((turn) => turn.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
