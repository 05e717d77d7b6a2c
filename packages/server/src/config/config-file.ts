import { readFileSync } from 'node:fs';
import { ConfigurationError } from './configuration-error.ts';

/** The optional YAML file: a flat mapping of settings. */
export async function readConfigFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  const text = readText(file);
  // Only who has a file pays for the parser.
  const { parse } = await import('yaml');
  const content: unknown = parseWith(parse, text, file);
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content)) throw refusal(file, 'a mapping of settings', null);
  return content as Readonly<Record<string, unknown>>;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw refusal(file, 'a YAML file that can be read', cause);
  }
}

function parseWith(parse: (text: string) => unknown, text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw refusal(file, 'YAML', cause);
  }
}

function refusal(file: string, expected: string, cause: unknown): ConfigurationError {
  const reason = cause instanceof Error ? `: ${cause.message.split('\n', 1)[0]}` : '';
  return new ConfigurationError([`UPDRAFT_CONFIG (${file}): expected ${expected}${reason}`], { cause });
}
