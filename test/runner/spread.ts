/** Puts each of `few` before an equal share of `many`: so that there is work for all cores while some wait. Both keep their order. */
export function spread<T>(few: readonly T[], many: readonly T[]): readonly T[] {
  const share = many.length / few.length;
  return [
    ...few.flatMap((one, at) => [one, ...many.slice(Math.round(at * share), Math.round((at + 1) * share))]),
    ...(few.length === 0 ? many : []),
  ];
}
