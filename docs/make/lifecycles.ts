import {
  assignmentLifecycle,
  attemptLifecycle,
  diagramOf,
  endsEverywhere,
  releaseLifecycle,
  rolloutLifecycle,
  type Lifecycle,
} from '@updraft/core';

type AnyLifecycle = Lifecycle<string, string>;

const INTRODUCTIONS: Readonly<Record<string, string>> = {
  attempt: `One try of an assignment. Its five ends are closed for ever; a retry is a new attempt with a new id on the wire.
\`awaiting-report\` (the device tells the end after its reboot) and \`awaiting-evidence\` (the device has closed, and must now
show that it runs the new version) are both shown as **verifying**. \`scheduled\` is worked out from the phase and never stored.
A device that tells less skips stages; each skip is a declared edge. A device may refuse a cancel: it goes back to where it came from.`,
  assignment: 'One device × one release: the wish, until it is fulfilled, given up or superseded by a newer one.',
  rollout: 'One release on its way to the devices of a filter. Pausing holds every permission not yet granted.',
  release: 'A published release never changes. Withdrawing holds what has not begun.',
};

/** The page of the lifecycles, diagrams and tables, made from core's own tables. */
export function lifecyclesPage(): string {
  const parts = [attemptLifecycle, assignmentLifecycle, rolloutLifecycle, releaseLifecycle].map(section);
  return `# Lifecycles\n\nMade from the tables in \`packages/core/src\` by \`npm run docs\`; a test keeps it true.\n\n${parts.join('\n')}`;
}

function section(lifecycle: AnyLifecycle): string {
  const rows = lifecycle.edges
    .filter((edge) => edge.from !== edge.to)
    .map((edge) => `| ${edge.from} | ${edge.event} | ${target(edge.to)} | ${edge.by} | ${marks(edge)} |`);
  const staying = lifecycle.edges.filter((edge) => edge.from === edge.to);
  return [
    `## ${lifecycle.name}`,
    '',
    INTRODUCTIONS[lifecycle.name],
    '',
    '```mermaid',
    diagramOf(lifecycle),
    '```',
    '',
    everywhere(lifecycle),
    '<details><summary>Every edge</summary>',
    '',
    '| from | event | to | caused by | |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    staying.length === 0 ? '' : `Events that leave the state as it is: ${stays(staying)}.\n`,
    '</details>',
    '',
  ].join('\n');
}

function everywhere(lifecycle: AnyLifecycle): string {
  const said = endsEverywhere(lifecycle).map((event) => {
    const end = lifecycle.edges.find((edge) => edge.event === event)?.to;
    return `\`${event}\` leads to **${end}**`;
  });
  return said.length === 0
    ? ''
    : `From every open state: ${said.join(', ')}. Edges that skip stages are in the table.\n`;
}

function target(to: string): string {
  return to === 'previous' ? 'where it came from' : to;
}

function marks(edge: AnyLifecycle['edges'][number]): string {
  return [edge.skip ? 'skips' : '', edge.bulk ? 'bulk' : ''].filter((mark) => mark !== '').join(', ');
}

function stays(edges: AnyLifecycle['edges']): string {
  const byState = Map.groupBy(edges, (edge) => edge.from);
  return [...byState].map(([state, own]) => `${state} (${own.map((edge) => edge.event).join(', ')})`).join('; ');
}
