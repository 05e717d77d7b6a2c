import { Command, type Option } from 'commander';
import { usageError } from './cli-error.ts';
import { helpPage } from './help-page.ts';
import { HELP_TOPICS } from './help-topics.ts';
import { launched } from './launched.ts';
import { columnsOf } from './output/printer.ts';
import type { Shell } from './shell.ts';

type Loader = (shell: Shell) => Promise<Command>;
type Entry = { readonly summary: string; readonly load: Loader };

/** Every word after `updraft`. A command's module, and what it needs, is loaded only when it is named. */
const ENTRIES: Readonly<Record<string, Entry>> = {
  serve: { summary: 'run the server', load: async () => launchedEntry('serve', SERVE) },
  demo: {
    summary: 'see it work: a server and a simulated fleet, for a minute',
    load: async () => launchedEntry('demo', DEMO),
  },
  fleet: { summary: 'simulated devices by the thousand, against any server', load: async () => fleetCommand() },
  backup: {
    summary: 'save everything that a server keeps, also while it serves',
    load: async () => (await import('./commands/upkeep.ts')).backupCommand(),
  },
  restore: {
    summary: 'make a server from a backup',
    load: async () => (await import('./commands/upkeep.ts')).restoreCommand(),
  },
  db: { summary: 'the database of a server', load: async () => (await import('./commands/upkeep.ts')).dbCommand() },
  doctor: {
    summary: 'look for what is wrong with a server, and say what to do',
    load: async () => (await import('./commands/upkeep.ts')).doctorCommand(),
  },
  login: {
    summary: 'log in to a server and remember it',
    load: async (shell) => (await import('./commands/login.ts')).loginCommand(shell),
  },
  logout: {
    summary: 'forget a login and revoke its token',
    load: async (shell) => (await import('./commands/login.ts')).logoutCommand(shell),
  },
  whoami: {
    summary: 'who you are for the server',
    load: async (shell) => (await import('./commands/login.ts')).whoamiCommand(shell),
  },
  device: { summary: 'devices', load: async (shell) => (await import('./commands/device.ts')).deviceCommand(shell) },
  'device-type': {
    summary: 'device types: classes of hardware',
    load: async (shell) => (await import('./commands/device-type.ts')).deviceTypeCommand(shell),
  },
  group: {
    summary: 'groups: one tree, in which a device has one place',
    load: async (shell) => (await import('./commands/group.ts')).groupCommand(shell),
  },
  tag: {
    summary: 'tags: labels of devices',
    load: async (shell) => (await import('./commands/tag.ts')).tagCommand(shell),
  },
  artifact: {
    summary: 'artifacts: uploaded files',
    load: async (shell) => (await import('./commands/artifact.ts')).artifactCommand(shell),
  },
  release: {
    summary: 'releases: what devices can run',
    load: async (shell) => (await import('./commands/release.ts')).releaseCommand(shell),
  },
  assign: {
    summary: 'assign a release to devices directly',
    load: async (shell) => (await import('./commands/assign.ts')).assignCommand(shell),
  },
  assignment: {
    summary: 'assignments: what each device shall run, and how it went',
    load: async (shell) => (await import('./commands/assignment.ts')).assignmentCommand(shell),
  },
  cancel: {
    summary: 'cancel what a device is assigned',
    load: async (shell) => (await import('./commands/assign.ts')).cancelCommand(shell),
  },
  rollout: {
    summary: 'rollouts: a release for many devices',
    load: async (shell) => (await import('./commands/rollout.ts')).rolloutCommand(shell),
  },
  filter: {
    summary: 'saved filters, and what they keep assigning',
    load: async (shell) => (await import('./commands/filter.ts')).filterCommand(shell),
  },
  why: {
    summary: 'why a device has not got its update',
    load: async (shell) => (await import('./commands/why.ts')).whyCommand(shell),
  },
  events: {
    summary: 'what happened, in order',
    load: async (shell) => (await import('./commands/events.ts')).eventsCommand(shell),
  },
  bundle: {
    summary: 'make, read and check signed update files',
    load: async (shell) => (await import('./commands/bundle.ts')).bundleCommand(shell),
  },
  key: {
    summary: 'keys that sign bundles',
    load: async (shell) => (await import('./commands/key.ts')).keyCommand(shell),
  },
  certificate: {
    summary: 'certificates whose signatures the server accepts',
    load: async (shell) => (await import('./commands/certificate.ts')).certificateCommand(shell),
  },
  settings: {
    summary: 'settings of your tenant',
    load: async (shell) => (await import('./commands/settings.ts')).settingsCommand(shell),
  },
  user: { summary: 'people', load: async (shell) => (await import('./commands/user.ts')).userCommand(shell) },
  token: {
    summary: 'API tokens, for machines and for yourself',
    load: async (shell) => (await import('./commands/token.ts')).tokenCommand(shell),
  },
  'gateway-token': {
    summary: 'tokens with which devices join by themselves',
    load: async (shell) => (await import('./commands/token.ts')).gatewayTokenCommand(shell),
  },
  tenant: {
    summary: 'organisations on this server',
    load: async (shell) => (await import('./commands/tenant.ts')).tenantCommand(shell),
  },
  import: {
    summary: 'bring along what another server knows',
    load: async (shell) => (await import('./commands/import.ts')).importCommand(shell),
  },
  completion: {
    summary: 'completion for your shell',
    load: async (shell) => (await import('./commands/completion.ts')).completionCommand(shell, completionWords),
  },
};

const DESCRIPTION = `Updates the software of fleets of Linux devices: makes signed bundles, uploads them, rolls releases out, and tells what happened.
Words: a device has a device type; artifacts make a component, components a release (written NAME@VERSION, or by its id); a rollout brings a release to the devices of a filter, an assignment to one device.
Every command takes --json and --help.`;

const SERVE = `Runs the server: one process with an embedded database, or several on PostgreSQL.
It is set up by environment variables and one optional YAML file. Those to begin with:
  UPDRAFT_LISTEN        address and port (127.0.0.1:8080)
  UPDRAFT_DATA_DIR      where everything is kept
  UPDRAFT_TLS_CERT, UPDRAFT_TLS_KEY   serve HTTPS
  UPDRAFT_ADMIN_USER, UPDRAFT_ADMIN_PASSWORD   the first user
See docs/configuration.md for all. SIGTERM stops it; running downloads get 10 s.`;

const DEMO = `Starts a server in a temporary folder, makes a key and two signed bundles, lets simulated devices join, rolls a release out and shows what happened and why. Ctrl-C leaves nothing behind.
With --real it is played with one device that really boots, under QEMU: its images are built first, of some 100 MB of Debian's packages.`;

const SIMULATE = `Simulated devices, thousands in one process, over real DDI: they join the server, poll, take updates and fail as the scenario says. In the end what each of them believes is compared with what the server believes. UPDRAFT_TOKEN holds the API token that they join with.
Exit status: 0 both sides agree, 1 they do not, 2 wrong use or a scenario that cannot be played, 130 interrupted twice.`;

/** The whole command line. Only the entry `named` is loaded; the others are there with their summaries. */
export async function updraftProgram(shell: Shell, named: string | undefined): Promise<Command> {
  const program = new Command('updraft')
    .summary('secure over-the-air updates for fleets of Linux devices')
    .description(DESCRIPTION)
    .option('--json', 'print one JSON document')
    .option('--server <url>', 'the server (else UPDRAFT_SERVER, else that of the last login)')
    .option('--ca <file>', "the CA of the server's certificate, in PEM (else UPDRAFT_CA, else that of the login)")
    .helpCommand(false);
  for (const [name, entry] of Object.entries(ENTRIES))
    program.addCommand(name === named ? await entry.load(shell) : new Command(name).summary(entry.summary));
  program.addCommand(helpCommand(shell, program));
  program.addHelpText('after', topicsText());
  for (const command of everyCommand(program)) dress(command, shell);
  return program;
}

/** Names and options of every command, for completion: `device add` → `--type`, … */
async function completionWords(shell: Shell): Promise<ReadonlyMap<string, readonly string[]>> {
  const words = new Map<string, readonly string[]>([['', [...Object.keys(ENTRIES), 'help']]]);
  for (const [name, entry] of Object.entries(ENTRIES)) {
    const command = await entry.load(shell);
    for (const sub of everyCommand(command)) {
      const path = sub === command ? name : `${name} ${sub.name()}`;
      words.set(path, [
        ...sub.commands.map((one) => one.name()),
        ...sub.options.flatMap((option) => option.long ?? []),
      ]);
    }
  }
  return words;
}

function helpCommand(shell: Shell, program: Command): Command {
  return new Command('help')
    .summary('help on a command or a topic')
    .argument('[words...]', 'a command, or one of the topics')
    .action(async (words: readonly string[]) => {
      const [first, second] = words;
      const topic = first === undefined ? undefined : HELP_TOPICS[first];
      if (topic !== undefined) return void shell.stdout.write(`${topic.lines().join('\n')}\n`);
      if (first === undefined) return program.outputHelp();
      const named = (await updraftProgram(shell, first)).commands.find((command) => command.name() === first);
      const target = second === undefined ? named : named?.commands.find((command) => command.name() === second);
      if (target === undefined)
        throw usageError('command-unknown', `There is no command "${words.join(' ')}"; "updraft help" lists them.`);
      return target.outputHelp();
    });
}

function topicsText(): string {
  const topics = Object.entries(HELP_TOPICS).map(([name, { summary }]) => `    ${name.padEnd(14)}${summary}`);
  return `TOPICS\n${topics.join('\n')}\n\n    updraft help TOPIC, updraft COMMAND --help, updraft --version`;
}

function fleetCommand(): Command {
  const simulate = launched('simulate', {
    summary: 'let the devices of a scenario loose on a server, and compare what both sides believe',
    description: SIMULATE,
  })
    .argument('<scenario>', 'a YAML file; docs/simulator.md tells what stands in it')
    .option('--tenant <name>', "the tenant in the devices' addresses")
    .option('--for <seconds>', 'end after so long; without it at Ctrl-C')
    .option('--until-ended', 'end when something was assigned to the devices and nothing of it is open')
    .option('--beliefs <file>', "where the devices' beliefs go, one JSON object a line (else standard output)");
  return new Command('fleet').summary(ENTRIES['fleet']?.summary ?? '').addCommand(simulate);
}

function launchedEntry(name: string, description: string): Command {
  return launched(name, { summary: ENTRIES[name]?.summary ?? '', description });
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** Errors are thrown to `run`, which tells them; help is a man page. */
function dress(command: Command, { stdout, stderr }: Shell): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => columnsOf(stdout),
      getErrHelpWidth: () => columnsOf(stderr),
    })
    .configureHelp({ formatHelp: helpPage, showGlobalOptions: true })
    .helpCommand(false)
    .helpOption('-h, --help', 'show this help');
  for (const option of command.options) refuseTwice(command, option);
}

/** Of two values of an option the last would count, and the first be lost unsaid: of two filters, say. */
function refuseTwice(command: Command, option: Option): void {
  // One that may be repeated takes what came before beside the text; so do choices, and drop it.
  const collects = option.variadic || (option.argChoices === undefined && (option.parseArg?.length ?? 0) > 1);
  if (!option.required || collects) return;
  let isGiven = false;
  command.on(`option:${option.name()}`, () => {
    if (isGiven) command.error(`error: option '${option.flags}' was given twice, and takes one value`);
    isGiven = true;
  });
}
