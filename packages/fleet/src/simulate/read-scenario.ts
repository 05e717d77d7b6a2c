import { readFile } from 'node:fs/promises';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { ScenarioError } from './scenario-error.ts';
import { Scenario } from './scenario.ts';

/** A scenario is a page, not a book. */
const MAX_SCENARIO_BYTES = 256 * 1024;
const MAX_ALIASES = 100;

/** Reads a scenario file. Throws a {@link ScenarioError} with every problem found. */
export async function readScenario(file: string): Promise<Scenario> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new ScenarioError('scenario-unreadable', [`${file}: expected a file that can be read (${code})`], { cause });
  }
  if (bytes.length > MAX_SCENARIO_BYTES)
    throw new ScenarioError('scenario-unreadable', [`${file}: expected at most ${MAX_SCENARIO_BYTES} bytes`]);
  return parseScenario(bytes.toString(), file);
}

/** Reads the text of a scenario; `file` is what problems name. */
export function parseScenario(text: string, file: string): Scenario {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    const problems = document.errors.map(
      ({ pos, message }) => `${file}:${placeOf(lines, pos[0])}: ${firstLine(message)}`,
    );
    throw new ScenarioError('scenario-not-yaml', problems, { cause: document.errors[0] });
  }
  const parsed = Scenario.safeParse(document.toJS({ maxAliasCount: MAX_ALIASES }));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${file}:${whereIs(document, lines, issue)}`);
  throw new ScenarioError('scenario-invalid', problems, { cause: parsed.error });
}

/** Line and column of the value that an issue is about, or of the nearest one around it, and what is wrong with it. */
function whereIs(document: Document, lines: LineCounter, { path, message }: z.core.$ZodIssue): string {
  const name = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  const told = `${name.replace(/^\./, '')}${name === '' ? '' : ': '}${message}`;
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return `${placeOf(lines, node.range[0])}: ${told}`;
  }
  return `1:1: ${told}`;
}

function placeOf(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${line}:${col}`;
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
