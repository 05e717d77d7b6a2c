/** A colour by what it means; each has a light and a dark tone. */
export type Tone = 'ink' | 'muted' | 'line' | 'open' | 'good' | 'warn' | 'bad' | 'surface';

/** [light, dark] */
const TONES: Readonly<Record<Tone, readonly [string, string]>> = {
  ink: ['#1f2328', '#e6edf3'],
  muted: ['#59636e', '#9da7b1'],
  line: ['#d1d9e0', '#343b44'],
  open: ['#0969da', '#4493f7'],
  good: ['#1a7f37', '#3fb950'],
  warn: ['#9a5b00', '#d99b2b'],
  bad: ['#cf222e', '#ff6b63'],
  surface: ['#ffffff', '#0d1117'],
};

export type Point = readonly [x: number, y: number];
export type TextLook = {
  readonly tone?: Tone;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly size?: number;
  readonly bold?: boolean;
};

/** A picture that explains itself on light and dark pages: its own surface, system fonts, nothing fetched. */
export function picture(
  size: { readonly width: number; readonly height: number; readonly title: string },
  parts: readonly string[],
): string {
  const { width, height, title } = size;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${styles(0)} @media (prefers-color-scheme: dark) { ${styles(1)} } text { font-family: system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif; }</style>`,
    `<rect class="surface" width="${width}" height="${height}" rx="8"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

export function text(content: string, [x, y]: Point, look: TextLook = {}): string {
  const { tone = 'ink', anchor = 'start', size = 13, bold = false } = look;
  return `<text class="${tone}" x="${short(x)}" y="${short(y)}" font-size="${size}" text-anchor="${anchor}"${bold ? ' font-weight="600"' : ''}>${escaped(content)}</text>`;
}

/** `opacity` 1: solid. */
export function box(
  [x, y]: Point,
  [width, height]: Point,
  { tone, opacity = 1 }: { readonly tone: Tone; readonly opacity?: number },
): string {
  return `<rect class="${tone}" x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" rx="3"${opacity === 1 ? '' : ` opacity="${opacity}"`}/>`;
}

export function stroke(
  points: readonly Point[],
  { tone, width = 1, dashed = false }: { readonly tone: Tone; readonly width?: number; readonly dashed?: boolean },
): string {
  return `<polyline class="${tone}-line" points="${listed(points)}" stroke-width="${width}"${dashed ? ' stroke-dasharray="4 4"' : ''}/>`;
}

export function area(points: readonly Point[], tone: Tone): string {
  return `<polygon class="${tone}" points="${listed(points)}" opacity="0.2"/>`;
}

export function dot([x, y]: Point, tone: Tone, radius = 3): string {
  return `<circle class="${tone}" cx="${short(x)}" cy="${short(y)}" r="${radius}"/>`;
}

function styles(side: 0 | 1): string {
  const tones = Object.entries(TONES).map(
    ([name, pair]) => `.${name} { fill: ${pair[side]}; } .${name}-line { fill: none; stroke: ${pair[side]}; }`,
  );
  return tones.join(' ');
}

function listed(points: readonly Point[]): string {
  return points.map(([x, y]) => `${short(x)},${short(y)}`).join(' ');
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
