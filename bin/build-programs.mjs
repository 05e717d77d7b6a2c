// Builds the programs of built-programs.mjs, where they are not of the sources as these are: `node bin/node26 bin/build-programs.mjs`.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BUILT, builtName, builtNow, CURRENT, lineOf, PROGRAMS, ROOT, SOURCES } from './built-programs.mjs';

/** Packages of some hundred ES modules, of which we need a part. The others stay where npm has put them. */
const BUILT_IN = /^(?:@updraft|kysely|zod)(?:\/|$)/;
/** Beside the modules themselves: what brings the packages, finds the modules, and builds. */
const MADE_WITH = ['package-lock.json', 'node_modules/.package-lock.json', 'bin/build-programs.mjs'];
/** Who runs from an older one may load from it yet. */
const KEPT_MS = 86_400_000;

async function build({ rolldown }) {
  dropOld();
  const name = `${Date.now().toString(36)}-${process.pid}`;
  const manifests = readdirSync(path.join(ROOT, 'packages')).map((room) => `packages/${room}/package.json`);
  for (const [program, files] of Object.entries(PROGRAMS)) {
    const sources = [...MADE_WITH, ...manifests].map((file) => lineOf(path.join(ROOT, file)));
    const bundle = await rolldown({
      input: Object.fromEntries(files.map((file) => [path.basename(file, '.ts'), path.join(ROOT, file)])),
      platform: 'node',
      external: (id) => !id.startsWith('.') && !path.isAbsolute(id) && !BUILT_IN.test(id),
      plugins: [noting(sources), KEEP_ADDRESSES],
    });
    const dir = path.join(BUILT, name, program);
    await bundle.write({
      dir,
      format: 'esm',
      entryFileNames: (chunk) => builtName(chunk.name),
      chunkFileNames: '[name]-[hash].mjs',
      sourcemap: true,
    });
    await bundle.close();
    writeFileSync(path.join(dir, SOURCES), sources.join('\n'));
  }
  const draft = path.join(BUILT, `${name}.draft`);
  writeFileSync(draft, name);
  renameSync(draft, CURRENT);
}

const OURS = new RegExp(`^${RegExp.escape(path.join(ROOT, 'packages'))}/`);

/** Before each module is read: what is edited meanwhile makes the result stale. */
function noting(sources) {
  return {
    name: 'noting',
    load: {
      filter: { id: OURS },
      handler: (id) => {
        sources.push(lineOf(id));
        return null;
      },
    },
  };
}

/** A module goes on to know itself, and what lies beside it, by the address of its source: threads too begin with that. */
const KEEP_ADDRESSES = {
  name: 'keep-addresses',
  transform: {
    filter: { id: OURS, code: 'import.meta' },
    handler: (code, id) => {
      const kept = code
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
        .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(id)));
      if (kept.includes('import.meta')) throw new Error(`${id} uses what is not kept of import.meta`);
      // Lines stay lines, which is what a trace names.
      return { code: kept, map: null };
    },
  },
};

function dropOld() {
  mkdirSync(BUILT, { recursive: true });
  for (const name of readdirSync(BUILT)) {
    const place = path.join(BUILT, name);
    if (place !== CURRENT && Date.now() - statSync(place).mtimeMs > KEPT_MS) rmSync(place, { recursive: true });
  }
}

/** Development's packages are not everywhere, nor has rolldown a program for every machine: there the sources run. */
async function rolldownOrNull() {
  try {
    return await import('rolldown');
  } catch (error) {
    console.log(`updraft runs from its sources: ${error.message.split('\n')[0]}`);
    return null;
  }
}

if (Object.keys(PROGRAMS).some((program) => builtNow(program) === null)) {
  const tool = await rolldownOrNull();
  if (tool !== null) await build(tool);
}
