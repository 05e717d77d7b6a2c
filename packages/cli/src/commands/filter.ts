import { Command } from 'commander';
import type { CallAnswer } from '@updraft/protocols';
import { usageError } from '../cli-error.ts';
import { withExamples } from '../help-page.ts';
import { filterId, releaseId } from '../lookup.ts';
import { wholeOption } from '../option-values.ts';
import { localTimeText } from '../output/figures.ts';
import { sheetLines } from '../output/table.ts';
import { listOptions, pages } from '../pages.ts';
import type { ListOptions } from '../pages.ts';
import { openSession } from '../session.ts';
import type { Session } from '../session.ts';
import type { Shell } from '../shell.ts';
import { policyFields } from './policy-lines.ts';
import { assignmentOptions, mergedPolicy, policyOf } from './policy-options.ts';
import { tellWarnings } from './rollout-create.ts';
import type { PolicyOptions } from './policy-options.ts';
import { removeEach } from './remove.ts';
import { releaseText } from './shown-state.ts';

type SavedFilter = CallAnswer<'filters.show'>;
type RuleOptions = PolicyOptions & {
  /** `false` by `--no-assign`. */
  readonly assign?: string | false;
  readonly weight?: number;
};
type WriteOptions = RuleOptions & { readonly query?: string; readonly description?: string };

/** `updraft filter …` */
export function filterCommand(shell: Shell): Command {
  const filter = new Command('filter')
    .summary('saved filters, and what they keep assigning')
    .description(
      'A saved filter is a query over devices under a name (see "updraft help filters"). It can keep assigning a release: to the devices that match now, and to each that comes to match later, once.',
    );
  filter.addCommand(createCommand(shell));
  filter.addCommand(setCommand(shell));
  filter.addCommand(listCommand(shell));
  filter.addCommand(showCommand(shell));
  filter.addCommand(removeCommand(shell));
  return filter;
}

function createCommand(shell: Shell): Command {
  const command = ruleOptions(
    new Command('create')
      .summary('save a filter')
      .argument('<name>', 'its name')
      .requiredOption('--query <rsql>', 'which devices it names; empty: all')
      .option('--description <text>', 'a note for people'),
  ).action(async (name: string, options: WriteOptions, self: Command) => {
    const session = await openSession(shell, self);
    checkRule(options, null);
    const { query = '', description } = options;
    const body = { name, query, ...(description === undefined ? {} : { description }) };
    const made = await session.api.call('filters.create', { body });
    const filter = await withRule(session, made, options);
    session.print.show(filter, () => [`Saved ${filter.name}. ${ruleText(filter)}`]);
  });
  return withExamples(command, [
    "updraft filter create beta --query 'tag==beta and type==board-a'",
    "updraft filter create new --query 'createdAt>-P1D' --assign gateway-os@2.1.0 --window '0 0 22 ? * * for 4h'",
  ]);
}

function setCommand(shell: Shell): Command {
  const command = ruleOptions(
    new Command('set')
      .summary('change a saved filter, or what it keeps assigning')
      .argument('<filter>', 'its name or id')
      .option('--query <rsql>', 'which devices it names; empty: all')
      .option('--description <text>', 'a note for people'),
  )
    .option('--no-assign', 'assign nothing more; what was assigned stays')
    .action(async (reference: string, options: WriteOptions, self: Command) => {
      const session = await openSession(shell, self);
      const params = { id: await filterId(session, reference) };
      const before = await session.api.call('filters.show', { params });
      checkRule(options, before.autoAssignment);
      const { query, description } = options;
      const body = { ...(query === undefined ? {} : { query }), ...(description === undefined ? {} : { description }) };
      const isChanged = Object.keys(body).length > 0;
      const changed = isChanged ? await session.api.call('filters.change', { params, body }) : before;
      const filter = await withRule(session, changed, options);
      session.print.show(filter, () => [`${filter.name} is changed. ${ruleText(filter)}`]);
    });
  return withExamples(command, [
    'updraft filter set beta --assign gateway-os@2.2.0',
    'updraft filter set beta --weight 300 --parallel 20',
    'updraft filter set beta --no-assign',
  ]);
}

function ruleOptions(command: Command): Command {
  return assignmentOptions(
    command
      .option('--assign <name@version>', 'the release that it keeps assigning, or its id')
      .option('--weight <0-1000>', 'which of several assignments of a device goes first (1000)', wholeOption),
  );
}

/** A weight or a policy is that of something assigned. */
function checkRule(options: RuleOptions, before: SavedFilter['autoAssignment']): void {
  const { assign, weight } = options;
  const isRuled = weight !== undefined || policyOf(options) !== undefined;
  if (isRuled && (assign === false || (assign === undefined && before === null)))
    throw usageError('usage', 'A weight or a policy is that of what the filter assigns: say --assign NAME@VERSION.');
}

/** Sets what a filter keeps assigning, where the options say something of it; what they leave out is as it was. */
async function withRule(session: Session, filter: SavedFilter, options: RuleOptions): Promise<SavedFilter> {
  const params = { id: filter.id };
  const { assign, weight } = options;
  if (assign === false) return session.api.call('filters.stop-assigning', { params });
  const given = policyOf(options);
  if (assign === undefined && weight === undefined && given === undefined) return filter;
  const before = filter.autoAssignment;
  const release = assign === undefined ? before?.release.id : await releaseId(session, assign);
  if (release === undefined) throw new Error(`the rule of filter ${filter.name} has lost its release`);
  const policy = mergedPolicy(before?.policy, given);
  const body = {
    release,
    ...(weight === undefined ? (before === null ? {} : { weight: before.weight }) : { weight }),
    ...(policy === undefined ? {} : { policy }),
  };
  const judged = await session.api.call('filters.assign', { params, body });
  tellWarnings(session.print, judged.warnings);
  return judged;
}

function ruleText({ autoAssignment: rule }: SavedFilter): string {
  return rule === null ? 'It assigns nothing.' : `It keeps assigning ${releaseText(rule.release)}.`;
}

function listCommand(shell: Shell): Command {
  return listOptions(new Command('list').summary('list saved filters')).action(
    async (options: ListOptions, self: Command) => {
      const { api, print } = await openSession(shell, self);
      await print.list<SavedFilter>(
        pages((query) => api.call('filters.list', { query }), options),
        [
          { title: 'FILTER', value: (row) => row.name },
          { title: 'QUERY', value: (row) => row.query || 'all devices' },
          { title: 'ASSIGNS', value: ({ autoAssignment: rule }) => (rule === null ? '-' : releaseText(rule.release)) },
          {
            title: 'ASSIGNED',
            value: ({ autoAssignment: rule }) => (rule === null ? '-' : String(rule.assigned)),
            align: 'right',
          },
        ],
        'There is no saved filter. Save one with "updraft filter create NAME --query RSQL".',
      );
    },
  );
}

function showCommand(shell: Shell): Command {
  return new Command('show')
    .summary('show a saved filter, and what it keeps assigning')
    .argument('<filter>', 'its name or id')
    .action(async (reference: string, _: object, self: Command) => {
      const session = await openSession(shell, self);
      const filter = await session.api.call('filters.show', { params: { id: await filterId(session, reference) } });
      session.print.show(filter, () => filterLines(filter, shell));
    });
}

function filterLines(filter: SavedFilter, { timeZone }: Shell): readonly string[] {
  const { autoAssignment: rule } = filter;
  const saved = `${localTimeText(filter.createdAt, timeZone)} by ${filter.createdBy}`;
  const ruled =
    rule === null
      ? []
      : ([
          ['assigns', releaseText(rule.release)],
          ['since', `${rule.assigned} devices were assigned it; its rollout is ${rule.state}`],
          ['weight', String(rule.weight)],
          ['rollout', rule.rollout],
          ...policyFields(rule.policy, timeZone).filter(([name]) => !RULE_FIELDS.has(name)),
        ] as const);
  return sheetLines([
    ['filter', filter.name],
    ['id', filter.id],
    ['query', filter.query || 'all devices'],
    ['description', filter.description],
    ['saved', saved],
    ...(rule === null ? ([['assigns', 'nothing']] as const) : ruled),
  ]);
}

/** What every rule is the same in. */
const RULE_FIELDS: ReadonlySet<string> = new Set(['starts', 'approval', 'on failure', 'late-comers']);

function removeCommand(shell: Shell): Command {
  return new Command('rm')
    .summary('remove saved filters; what they assigned stays')
    .argument('<filter...>', 'their names or ids')
    .action(async (references: readonly string[], _: object, self: Command) => {
      const session = await openSession(shell, self);
      await removeEach(session, references, async (reference) =>
        session.api.call('filters.delete', { params: { id: await filterId(session, reference) } }),
      );
    });
}
