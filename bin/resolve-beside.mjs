// Loaded before everything else by the launcher, in each thread. ES module: only such can be given to `--import`.
import { registerHooks, setSourceMapsSupport } from 'node:module';
import { pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';
import { BUILT, builtName, builtNow, PROGRAMS, ROOT } from './built-programs.mjs';

/** Packages of some hundred modules, all of which whose names end in .js are ES modules. */
const OF_MANY_MODULES = /\/node_modules\/(?:kysely|zod)\//;

/** Of all programs that were built. */
const BUILT_PLACE = `${pathToFileURL(BUILT).href}/`;

registerHooks({ resolve: resolveBeside });

/**
 * `./beside.ts` is the file of that name beside the one that imports it. A server loads a thousand such modules, and Node asks the
 * disk of each whether it is a file, where its links lead and what a package.json says of its format: a fifth of the CPU of a
 * start. What is not there is told when it is read.
 */
function resolveBeside(specifier, context, resolveAsNode) {
  const { parentURL } = context;
  const url = parentURL === undefined ? builtEntry(specifier) : besideBuilt(specifier, parentURL);
  if (url !== null) return { url, format: 'module', shortCircuit: true };
  if (!specifier.startsWith('.') || !parentURL?.startsWith('file:')) return resolveAsNode(specifier, context);
  const format = formatOf(specifier, parentURL);
  return format === null
    ? resolveAsNode(specifier, context)
    : { url: new URL(specifier, parentURL).href, format, shortCircuit: true };
}

function formatOf(specifier, parentURL) {
  if (specifier.endsWith('.ts')) return 'module-typescript';
  return specifier.endsWith('.js') && OF_MANY_MODULES.test(parentURL) ? 'module' : null;
}

/**
 * What a process or thread begins with, as it was built. A thread that is to load a module by its address shares classes with it:
 * where that one is not built, the thread runs from its sources as well.
 */
function builtEntry(specifier) {
  const [program, files] = Object.entries(PROGRAMS).find(([, [first]]) => sourceAddress(first) === specifier) ?? [];
  if (program === undefined) return null;
  const told = workerData?.commandsModule;
  if (told !== undefined && !files.some((file) => sourceAddress(file) === told)) return null;
  const folder = builtNow(program);
  if (folder === null) return null;
  setSourceMapsSupport(true, { nodeModules: true });
  return pathToFileURL(`${folder}/${builtName(files[0])}`).href;
}

/** What one that was built imports of those that were built with it. */
function besideBuilt(specifier, parentURL) {
  if (!parentURL.startsWith(BUILT_PLACE)) return null;
  if (specifier.startsWith('./') && specifier.endsWith('.mjs')) return new URL(specifier, parentURL).href;
  const [, program = ''] = parentURL.slice(BUILT_PLACE.length).split('/');
  const file = PROGRAMS[program]?.find((source) => sourceAddress(source) === specifier);
  return file === undefined ? null : new URL(builtName(file), parentURL).href;
}

function sourceAddress(source) {
  return pathToFileURL(`${ROOT}/${source}`).href;
}
