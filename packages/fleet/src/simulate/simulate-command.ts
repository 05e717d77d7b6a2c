import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import tls from 'node:tls';
import { parseArgs } from 'node:util';
import { apiClient } from '@updraft/protocols';
import { UsageError } from '../usage-error.ts';
import type { Disagreement } from './compare-beliefs.ts';
import { readScenario } from './read-scenario.ts';
import { simulate, type SimulationOptions, type SimulationResult } from './simulate.ts';

export const SIMULATE_USAGE = `updraft fleet simulate SCENARIO.yaml [--server URL] [--ca FILE] [--tenant NAME]
                       [--for SECONDS | --until-ended] [--beliefs FILE]

Simulated devices, thousands in one process, over real DDI: they join the server, poll, take updates, fail as the
scenario says, and in the end what each of them believes is compared with what the server believes.

  --server URL      the server (else UPDRAFT_SERVER); UPDRAFT_TOKEN holds an API token for it
  --ca FILE         PEM of the authority that signed the server's certificate (else UPDRAFT_CA)
  --tenant NAME     the tenant in the devices' addresses (default)
  --for SECONDS     ends after so long; without it at Ctrl-C
  --until-ended     ends when something was assigned to the devices and nothing of it is open
  --beliefs FILE    where the devices' beliefs go, one JSON object a line (standard output)

Exit status: 0 both sides agree, 1 they do not, 2 wrong use or a scenario that cannot be played, 130 interrupted twice.
`;

const SHOWN_DISAGREEMENTS = 50;

/** Plays a scenario; tells whether devices and server agree. Throws a UsageError, a ScenarioError or what the API throws. */
export async function simulateCommand(args: readonly string[], signal: AbortSignal): Promise<boolean> {
  const { scenario, server, token, caFile, tenant, until, beliefs } = optionsOf(args);
  const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8');
  if (ca !== undefined) tls.setDefaultCACertificates([...tls.getCACertificates('default'), ca]);
  const api = apiClient({ baseUrl: server, authorization: `Bearer ${token}` });
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const played: SimulationOptions = { scenario: await readScenario(scenario), api, ca, tenant, until, signal, say };
  const result = await simulate(played);
  await writeBeliefs(result, beliefs);
  for (const line of tableOf(result.disagreements)) say(line);
  return result.disagreements.length === 0;
}

function optionsOf(args: readonly string[]) {
  const { values, positionals } = parsed(args);
  const [scenario, ...more] = positionals;
  if (scenario === undefined || more.length > 0) throw new UsageError('expected one scenario file');
  const server = values.server ?? process.env['UPDRAFT_SERVER'];
  if (server === undefined || server === '') throw new UsageError('expected --server or UPDRAFT_SERVER');
  const token = process.env['UPDRAFT_TOKEN'];
  if (token === undefined || token === '') throw new UsageError('expected an API token in UPDRAFT_TOKEN');
  const seconds = values.for === undefined ? null : Number(values.for);
  if (seconds !== null && !(seconds > 0)) throw new UsageError('expected seconds after --for');
  if (seconds !== null && values['until-ended']) throw new UsageError('expected --for or --until-ended, not both');
  const until = seconds !== null ? { seconds } : values['until-ended'] ? ('ended' as const) : null;
  const caFile = values.ca ?? (process.env['UPDRAFT_CA'] || undefined);
  return { scenario, server, token, caFile, tenant: values.tenant, until, beliefs: values.beliefs };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { server: text, ca: text, tenant: text, for: text, beliefs: text, 'until-ended': flag },
    });
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UsageError(cause.message, { cause });
  }
}

async function writeBeliefs({ beliefs }: SimulationResult, file: string | undefined): Promise<void> {
  const lines = [...beliefs].map(([device, { belief, activity }]) => {
    const { version, shownVersion, attempts } = belief;
    return `${JSON.stringify({ device, version, shownVersion, activity, attempts: Object.fromEntries(attempts) })}\n`;
  });
  if (file === undefined) return void process.stdout.write(lines.join(''));
  const out = createWriteStream(file);
  for (const line of lines) out.write(line);
  out.end();
  await finished(out);
}

function tableOf(disagreements: readonly Disagreement[]): readonly string[] {
  if (disagreements.length === 0) return ['All devices and the server agree.'];
  const shown = disagreements.slice(0, SHOWN_DISAGREEMENTS);
  const rows = [
    ['DEVICE', 'ABOUT', 'THE DEVICE BELIEVES', 'THE SERVER BELIEVES'],
    ...shown.map(({ device, about, deviceBelieves, serverBelieves }) => [
      device,
      about,
      deviceBelieves,
      serverBelieves,
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  const more = disagreements.length - shown.length;
  return [...lines, `${disagreements.length} disagreements${more > 0 ? `, ${shown.length} shown` : ''}`];
}
