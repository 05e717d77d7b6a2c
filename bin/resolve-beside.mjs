// Loaded before everything else by the launcher, in each thread. ES module: only such can be given to `--import`.
import { registerHooks } from 'node:module';

/** Packages of some hundred modules, all of which whose names end in .js are ES modules. */
const OF_MANY_MODULES = /\/node_modules\/(?:kysely|zod)\//;

registerHooks({ resolve: resolveBeside });

/**
 * `./beside.ts` is the file of that name beside the one that imports it. A server loads a thousand such modules, and Node asks the
 * disk of each whether it is a file, where its links lead and what a package.json says of its format: a fifth of the CPU of a
 * start. What is not there is told when it is read.
 */
function resolveBeside(specifier, context, resolveAsNode) {
  const { parentURL = '' } = context;
  if (!specifier.startsWith('.') || !parentURL.startsWith('file:')) return resolveAsNode(specifier, context);
  const format = formatOf(specifier, parentURL);
  return format === null
    ? resolveAsNode(specifier, context)
    : { url: new URL(specifier, parentURL).href, format, shortCircuit: true };
}

function formatOf(specifier, parentURL) {
  if (specifier.endsWith('.ts')) return 'module-typescript';
  return specifier.endsWith('.js') && OF_MANY_MODULES.test(parentURL) ? 'module' : null;
}
