import { BundleError, type BundleProblem, refuse } from '../bundle-problem.ts';
import { LIMITS } from '../limits.ts';
import { checkEntry, type Entry, readEntry } from './entry.ts';
import { findField, findSetting, type Found, linkedPath } from './find-setting.ts';
import type { Section } from './handlers.ts';
import { entriesOf, flagOf, member, type Setting, type SettingTree, textOf } from './setting.ts';

/** `swupdate -e set,mode`: one of several sets of entries in one description, for example stable,copy2. */
export type Selection = { readonly set: string; readonly mode: string };

/** What one device reads out of a description: its board's name and the selection it asks for decide which sections apply. */
export type PlanFor = { readonly board?: string | undefined; readonly selection?: Selection | undefined };

/** What SWUpdate would do with a description on such a device; `problem` where it would refuse before it looks at the members. */
export type Plan = PlanFor & {
  readonly version: string;
  readonly description: string;
  readonly hardware: readonly string[];
  /** Partitions first, then images, then files: the order of installation. */
  readonly images: readonly Entry[];
  readonly scripts: readonly Entry[];
  readonly bootScripts: readonly Entry[];
  readonly bootenv: Readonly<Record<string, string>>;
  readonly embeddedScript: string | null;
  readonly bootloaderStateMarker: boolean;
  readonly bootloaderTransactionMarker: boolean;
  readonly reboot: boolean;
  readonly problem?: BundleProblem;
};

/** Follows SWUpdate's own search: every section is looked for in board.set.mode, set.mode, board and the root, each on its own. */
export function planFor(tree: SettingTree, wanted: PlanFor): Plan {
  const found: Collected = { files: [], images: [], scripts: [], partitions: [], bootScripts: [], bootenv: new Map() };
  const find = (field: string): Found | undefined => findFor(tree, wanted, field);
  const hardware = hardwareOf(tree, find('hardware-compatibility'));
  let reason: BundleProblem | undefined;
  try {
    collect({ tree, found, depth: 0, entries: { left: LIMITS.descriptionEntries } }, find);
    if (find('version') === undefined) throw refuse('version-missing');
    if (hardware.length === 0) throw refuse('hardware-missing');
    for (const entry of [...found.scripts, ...found.images, ...found.files, ...found.partitions, ...found.bootScripts])
      checkEntry(entry);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    reason = error.problem;
  }
  const flag = (name: string): boolean => flagOf(tree.syntax, find(name)?.setting ?? { kind: 'bool', value: true });
  return {
    ...wanted,
    version: textOf(find('version')?.setting) ?? '',
    description: textOf(find('description')?.setting) ?? '',
    hardware,
    images: [...found.partitions, ...found.images, ...found.files],
    scripts: found.scripts,
    bootScripts: found.bootScripts,
    bootenv: Object.fromEntries(found.bootenv),
    embeddedScript: textOf(find('embedded-script')?.setting) ?? null,
    bootloaderStateMarker: flag('bootloader_state_marker'),
    bootloaderTransactionMarker: flag('bootloader_transaction_marker'),
    reboot: flag('reboot'),
    ...(reason === undefined ? {} : { problem: reason }),
  };
}

/** SWUpdate refuses a plan without image, script or boot variable ("Found nothing to install"). */
export function isEmptyPlan(plan: Plan): boolean {
  return plan.images.length === 0 && plan.scripts.length === 0 && Object.keys(plan.bootenv).length === 0;
}

type Collected = {
  readonly files: Entry[];
  readonly images: Entry[];
  readonly scripts: Entry[];
  readonly partitions: Entry[];
  readonly bootScripts: Entry[];
  readonly bootenv: Map<string, string>;
};

type Walk = {
  readonly tree: SettingTree;
  readonly found: Collected;
  readonly depth: number;
  readonly entries: { left: number };
};

function findFor(tree: SettingTree, { board, selection }: PlanFor, field: string): Found | undefined {
  const chosen = selection === undefined ? [] : [selection.set, selection.mode];
  const roots = [
    ...(board !== undefined && selection !== undefined ? [['software', board, ...chosen]] : []),
    ...(selection !== undefined ? [['software', ...chosen]] : []),
    ...(board !== undefined ? [['software', board]] : []),
    ['software'],
  ];
  for (const root of roots) {
    const found = findField(tree, root, field);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The sections in SWUpdate's order. What is wrong with partitions only ends their list. */
function collect(walk: Walk, find: (field: string) => Found | undefined): void {
  walkSection(walk, 'files', find('files'));
  walkSection(walk, 'images', find('images'));
  walkSection(walk, 'scripts', find('scripts'));
  walkSection(walk, 'bootenv', find('bootenv') ?? find('uboot'));
  try {
    walkSection(walk, 'partitions', find('partitions'));
  } catch (error) {
    if (!(error instanceof BundleError) || error.code === 'description-links') throw error;
  }
}

/** Goes through a section backwards, as SWUpdate does, so that lists keep their order and the first bootenv of a name wins. */
function walkSection(walk: Walk, section: Section, found: Found | undefined): void {
  if (found === undefined) return;
  if (walk.depth > LIMITS.descriptionLinks) throw refuse('description-links');
  if (walk.tree.syntax === 'json' && found.setting.kind !== 'list')
    throw refuse('description-shape', { detail: section });
  for (const setting of entriesOf(found.setting).toReversed()) {
    if (--walk.entries.left < 0)
      throw refuse('description-links', { detail: `more than ${LIMITS.descriptionEntries} entries` });
    const ref = member(setting, 'ref');
    if (ref !== undefined && (walk.tree.syntax === 'json' || ref.kind === 'string')) {
      const path = linkedPath(found.path, textOf(ref) ?? '');
      if (path === undefined) throw refuse('field-invalid', { detail: `ref = ${JSON.stringify(textOf(ref) ?? '')}` });
      walkSection({ ...walk, depth: walk.depth + 1 }, section, findSetting(walk.tree, path));
    } else {
      addEntry(walk, section, setting);
    }
  }
}

function addEntry({ tree, found }: Walk, section: Section, setting: Setting): void {
  const isNamed = (name: string): boolean =>
    tree.syntax === 'json' ? member(setting, name) !== undefined : textOf(member(setting, name)) !== undefined;
  if (section === 'bootenv' && isNamed('name')) {
    found.bootenv.set(textOf(member(setting, 'name')) ?? '', textOf(member(setting, 'value')) ?? '');
    return;
  }
  if (section !== 'scripts' && section !== 'partitions' && !isNamed('filename')) return;
  const entry = readEntry(tree, setting, section);
  if (section === 'partitions' && (entry.device === '' || (entry.type === 'ubipartition' && entry.volume === ''))) {
    throw refuse('partition-incomplete', { detail: entry.name });
  }
  const list = section === 'bootenv' ? found.bootScripts : found[section];
  list.unshift(entry);
}

function hardwareOf(tree: SettingTree, found: Found | undefined): string[] {
  if (found === undefined || (tree.syntax === 'json' && found.setting.kind !== 'list')) return [];
  return entriesOf(found.setting).flatMap((item) => textOf(item) || []);
}
