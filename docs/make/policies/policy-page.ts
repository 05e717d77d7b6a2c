/** A page of one part of the policy, with its picture. */
export type PolicyPage = {
  readonly name: string;
  readonly title: string;
  readonly page: () => string;
  readonly picture: () => string;
};

/** "10 min", "6 h", "2 d": one unit where it comes out even. */
export function span(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
  ] as const;
  const [size, unit] = units.find(([whole]) => seconds >= whole && seconds % whole === 0) ?? ([1, 's'] as const);
  return `${seconds / size} ${unit}`;
}

/** The head that all pages of policies share: title, where it comes from, the picture with its description. */
export function head({ name, title }: Pick<PolicyPage, 'name' | 'title'>, alt: string): string {
  return `# ${title}

Numbers and picture are made from the code by \`npm run docs\`; a test keeps them true.

![${alt}](${name}.svg)
`;
}
