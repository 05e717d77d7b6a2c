import { BundleError } from '../bundle-problem.ts';
import { beginsLikeJson, parseJsonDescription } from './json-parser.ts';
import { parseLibconfig } from './libconfig-parser.ts';
import type { SettingTree } from './setting.ts';

/** Reads a sw-description in either notation, libconfig first as SWUpdate does. Throws a BundleError with a `description-` code. */
export function parseDescription(bytes: Uint8Array): SettingTree {
  try {
    return { syntax: 'libconfig', root: parseLibconfig(bytes) };
  } catch (error) {
    if (!(error instanceof BundleError) || error.code !== 'description-syntax') throw error;
    if (!beginsLikeJson(bytes)) throw error;
    return { syntax: 'json', root: parseJsonDescription(bytes) };
  }
}
