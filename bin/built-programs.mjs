// What runs often, in a few files in place of the thousand that it is written in: the server's parts and the command line.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(import.meta.dirname, '..');
/** Holds a folder for each time that the programs were built, and a file that names the one that counts. */
export const BUILT = path.join(ROOT, 'node_modules', '.cache', 'updraft-built');
export const CURRENT = path.join(BUILT, 'current');
/** In a program's folder: what it was made of, in lines as {@link lineOf} gives them. */
export const SOURCES = 'sources';

const COMMANDS = 'packages/server/src/use-cases/commands.ts';

/**
 * What shares one set of modules, by the folder that it is built into. A process or a thread begins with the first file; the
 * others are loaded by their address, and are then of the same set.
 */
export const PROGRAMS = {
  server: ['packages/server/src/main.ts', COMMANDS],
  upkeep: ['packages/server/src/upkeep/main.ts', COMMANDS],
  writer: ['packages/store/src/writer/writer-thread.ts', COMMANDS],
  reader: ['packages/store/src/database/reading-thread.ts'],
  forecast: ['packages/server/src/forecast/forecast-thread.ts'],
  inspector: ['packages/server/src/intake/inspector-thread.ts'],
  cli: ['packages/cli/src/main.ts'],
  fleet: ['packages/fleet/src/main.ts'],
};

/** `packages/server/src/use-cases/commands.ts` is built as `commands.mjs`. */
export function builtName(source) {
  return `${path.basename(source, '.ts')}.mjs`;
}

/** The folder of a program that was made of the sources as they are now; null: the sources run. */
export function builtNow(program) {
  try {
    const folder = `${BUILT}/${readFileSync(CURRENT, 'utf8')}/${program}`;
    const lines = readFileSync(`${folder}/${SOURCES}`, 'utf8').split('\n');
    return lines.every(isSo) ? folder : null;
  } catch (error) {
    // A user who may not read what another has built runs the sources as well.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(error.code)) return null;
    throw error;
  }
}

function isSo(line) {
  return lineOf(line.slice(0, line.indexOf('\t'))) === line;
}

/** Path, size and time of change: whoever edits, installs or moves a file changes it. */
export function lineOf(file) {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? `${file}\tis not there` : `${file}\t${found.size} ${found.mtimeMs}`;
}
