import { refuse } from '../bundle-problem.ts';
import { parseHardware } from '../description/hardware.ts';
import type { BootVariable, BundleInput, MemberInput } from './bundle-input.ts';
import type { DescriptionTree } from './description-text.ts';
import type { StagedMember } from './stage-member.ts';

/** An input together with what its staging found out. */
export type Described = { readonly input: MemberInput; readonly staged: StagedMember };

export type DescribedMembers = {
  readonly images: readonly Described[];
  readonly files: readonly Described[];
  readonly scripts: readonly Described[];
};

/**
 * The description of a bundle. Revisions stand in a section of their board, so that another board of the same revision refuses the bundle;
 * all other sections are found from every board and selection.
 */
export function describeBundle(input: BundleInput, members: DescribedMembers): DescriptionTree {
  checkVersion(input.version);
  const sets: Record<string, Record<string, DescriptionTree>> = {};
  for (const { set, mode, devices = {}, bootenv = [] } of input.selections ?? []) {
    (sets[set] ??= {})[mode] = {
      images:
        members.images.length === 0
          ? undefined
          : members.images.map((one) => entry(one, 'raw', devices[one.staged.filename])),
      bootenv: bootVariables(bootenv),
    };
  }
  const boards = boardsOf(input.hardware);
  const taken = [...Object.keys(boards), ...Object.keys(sets)].find(
    (name, index, all) => RESERVED.has(name) || all.indexOf(name) !== index,
  );
  if (taken !== undefined)
    throw refuse('option-invalid', { detail: `${JSON.stringify(taken)} cannot name a board or a selection` });
  const isSelected = (input.selections ?? []).length > 0;
  return {
    software: {
      version: input.version,
      description: input.description,
      ...boards,
      ...sets,
      images: isSelected || members.images.length === 0 ? undefined : members.images.map((one) => entry(one, 'raw')),
      files: members.files.length === 0 ? undefined : members.files.map((one) => entry(one, 'rawfile')),
      scripts: members.scripts.length === 0 ? undefined : members.scripts.map((one) => entry(one, 'shellscript')),
      bootenv: bootVariables(input.bootenv ?? []),
    },
  };
}

const MAX_VERSION_BYTES = 255;

/** SWUpdate keeps that much of a version and cuts off the rest unseen. */
function checkVersion(version: string): void {
  const bytes = Buffer.byteLength(version);
  if (bytes === 0 || bytes > MAX_VERSION_BYTES)
    throw refuse('option-invalid', { detail: `a version has 1 to ${MAX_VERSION_BYTES} bytes, this one ${bytes}` });
  if (/[\n\r\t\f]/.test(version)) throw refuse('option-invalid', { detail: JSON.stringify(version) });
}

/** Words that mean something else directly below `software`. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'version description images files scripts partitions bootenv uboot ref output reboot hardware-compatibility embedded-script ' +
    'bootloader_state_marker bootloader_transaction_marker __proto__'
  ).split(' '),
);

function boardsOf(hardware: readonly string[]): Record<string, DescriptionTree> {
  const revisions = new Map<string, string[]>();
  for (const text of hardware) {
    const { board, revision } = parseHardware(text);
    revisions.set(board, [...(revisions.get(board) ?? []), revision]);
  }
  if (revisions.size === 0) throw refuse('option-invalid', { detail: 'no hardware' });
  return Object.fromEntries([...revisions].map(([board, list]) => [board, { 'hardware-compatibility': list }]));
}

function entry({ input, staged }: Described, type: string, device?: string): DescriptionTree {
  return {
    filename: staged.filename,
    name: input.name,
    version: input.version,
    type: input.type ?? type,
    device: device ?? input.device,
    path: input.path,
    volume: input.volume,
    data: input.data,
    compressed: input.compress,
    encrypted: input.encrypt === undefined ? undefined : true,
    ivt: staged.iv,
    'installed-directly': input.installedDirectly === true ? true : undefined,
    'install-if-different': input.installIfDifferent === true ? true : undefined,
    'install-if-higher': input.installIfHigher === true ? true : undefined,
    properties: input.properties,
    sha256: staged.sha256,
  };
}

function bootVariables(variables: readonly BootVariable[]): readonly DescriptionTree[] | undefined {
  return variables.length === 0 ? undefined : variables.map(({ name, value }) => ({ name, value }));
}
