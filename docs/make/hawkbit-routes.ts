import { DDI_PREFIX, ddiRoutes } from '@updraft/protocols';
import { MANAGEMENT_PREFIX, managementRoutes } from '@updraft/protocols/hawkbit-management';
import { ddiRows } from '../../packages/server/test/hawkbit/ddi-rows.ts';
import { managementRows } from '../../packages/server/test/hawkbit/management-rows.ts';
import type { Row } from '../../packages/server/test/hawkbit/row.ts';
import { DEPARTURES, type RouteKey } from './hawkbit-departures.ts';

type Shown = { readonly method: string; readonly path: string; readonly summary: string };
type Line = Row & { readonly why: string };

/**
 * The page of hawkBit's routes: the routes are the tables that the server mounts, the reasons those of the contract tests'
 * lines. A line with a reason that no route is told of, or the reverse, stops the page.
 */
export function hawkbitRoutesPage(): string {
  const lines = new Map([...ddiRows, ...managementRows].filter(hasReason).map((line) => [line.id, line]));
  const stray = [...lines.keys(), ...Object.keys(DEPARTURES)].filter((id) => !lines.has(id) || !(id in DEPARTURES));
  if (stray.length > 0)
    throw new Error(`docs/make/hawkbit-departures.ts and the contract tests differ: ${stray.join(', ')}`);
  const everywhere = [...lines.values()].filter(
    ({ id }) => DEPARTURES[id]?.routes.length === 0 && DEPARTURES[id].as !== 'same',
  );
  return `# hawkBit's routes, one by one

Made from the routes that the server mounts and from the contract tests in \`packages/server/test/hawkbit\` by \`npm run docs\`; a test keeps it true.
How to move: [from hawkBit in an afternoon](from-hawkbit.md).

- **same**: as hawkBit 1.1 does it, with its status codes, bodies, links and error codes.
- **extended**: the same, and more than hawkBit takes or tells. Fields that only Updraft has stand beside hawkBit's; none of these changes.
- **different**: on purpose.

In quotes stands what the contract tests call it; behind that, what is otherwise and why.

## Three reasons behind most of it

- **Pausing holds every permission not yet granted.** hawkBit's pause starts no further group, and those that were started go on. Here nobody
  begins to download or to install after a pause; whoever has begun comes to his end.
- **Done means booted.** An action is \`finished\` when there is evidence that the new version runs, as far as the device type names what shows it
  ([evidence](policies/evidence.md)). What a device only says is told as such.
- **A published release never changes.** hawkBit locks a distribution set with its first assignment and lets it be unlocked. Here it is published by
  that, and its content stands for ever: what a device ran can be told years later.

## Everywhere

${reasonsOf(everywhere)
  .map(([line, reason]) => `- ${DEPARTURES[line.id]?.as}: ${reason}`)
  .join('\n')}

## Device API (DDI): ${Object.keys(ddiRoutes).length} routes

Behind \`${DDI_PREFIX}\`.

${table(entries('ddi', ddiRoutes), lines)}

## Management API: ${Object.keys(managementRoutes).length} routes

Behind \`${MANAGEMENT_PREFIX}\`; the document that describes them is at \`/v3/api-docs\`.

${table(entries('rest', managementRoutes), lines)}
`;
}

function hasReason(row: Row): row is Line {
  return row.why !== null;
}

function entries(door: 'ddi' | 'rest', routes: Readonly<Record<string, Shown>>): (readonly [RouteKey, Shown])[] {
  return Object.entries(routes).map(([name, route]) => [`${door}:${name}` as RouteKey, route]);
}

function table(routes: readonly (readonly [RouteKey, Shown])[], lines: ReadonlyMap<string, Line>): string {
  const rows = routes.map(([key, { method, path, summary }]) => {
    const told = [...lines.values()].filter(({ id }) => DEPARTURES[id]?.routes.includes(key));
    const kinds = told.map(({ id }) => DEPARTURES[id]?.as);
    const kind = kinds.includes('different') ? 'different' : kinds.includes('extended') ? 'extended' : 'same';
    const reasons = reasonsOf(told)
      .map(([, reason]) => reason)
      .join(' ');
    return `| \`${path === '' ? method : `${method} ${path}`}\` | ${cell(summary)} | ${kind} | ${cell(reasons)} |`;
  });
  return ['| route | | | why |', '|---|---|---|---|', ...rows].join('\n');
}

/** Each reason once, behind the line that it is the reason of. */
function reasonsOf(lines: readonly Line[]): (readonly [Line, string])[] {
  const once = lines.filter((line, at) => lines.findIndex(({ why }) => why === line.why) === at);
  return once.map((line) => [line, `“${line.says}”: ${line.why.replace(DESIGN_NOTE, '')}.`]);
}

/** Where a reason names a place in the papers that the code is built by. */
const DESIGN_NOTE = / \(design: [^)]*\)/;

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
