import { LIMITS } from '../limits.ts';
import { member, type Setting, type SettingTree, textOf } from './setting.ts';

/** A setting and the path at which it stands after every link was followed: relative links of its entries start there. */
export type Found = { readonly setting: Setting; readonly path: readonly string[] };

/** SWUpdate's MAX_LINKS_DEPTH and MAX_PARSED_NODES. */
const LINKS = 10;
const PATH_NODES = 20;

/** The setting at a path; a group that only holds `ref` stands for what it links to. Undefined when there is none or the link leads nowhere. */
export function findSetting(tree: SettingTree, path: readonly string[]): Found | undefined {
  let at = path;
  for (let links = 1; links < LINKS; links++) {
    const setting = lookup(tree, at);
    // SWUpdate cannot tell a JSON null from a setting that is not there.
    if (setting === undefined || setting.kind === 'null') return undefined;
    const ref = textOf(member(setting, 'ref'));
    if (ref === undefined) return { setting, path: at };
    const next = linkedPath(at, ref);
    if (next === undefined) return undefined;
    at = next;
  }
  return undefined;
}

/** A field inside the setting at a path, both with their links followed. */
export function findField(tree: SettingTree, path: readonly string[], field: string): Found | undefined {
  const root = findSetting(tree, path);
  return root === undefined || root.path.length >= PATH_NODES ? undefined : findSetting(tree, [...root.path, field]);
}

/**
 * Where a link leads: `#/a/b` from the root, `#./a` beside the setting that holds the link, `#../a` one level up. Undefined when it is none.
 * SWUpdate replaces the path's tail only where a name follows, so `#..` alone stays where it is.
 */
export function linkedPath(path: readonly string[], ref: string): readonly string[] | undefined {
  const steps =
    ref.startsWith('#') && ref.length >= 3
      ? ref
          .slice(1)
          .split('/')
          .filter((step) => step !== '')
      : [];
  if (steps.length === 0) return undefined;
  let nodes = [...path];
  let count = nodes.length - 1;
  for (const [index, step] of steps.entries()) {
    if (step === '.') continue;
    if (step === '..') {
      if (count-- === 0) return undefined;
      continue;
    }
    if (index === 0) count = 0;
    nodes = [...nodes.slice(0, count), step];
    if (++count >= PATH_NODES) return undefined;
  }
  return nodes;
}

/** libconfig splits each part of a path once more at `.`, `:` and `/`. */
function lookup(tree: SettingTree, path: readonly string[]): Setting | undefined {
  const names =
    tree.syntax === 'json' ? path : path.flatMap((name) => name.split(/[.:/]/).filter((part) => part !== ''));
  if (names.length > LIMITS.descriptionDepth) return undefined;
  return names.reduce<Setting | undefined>((setting, name) => member(setting, name), tree.root);
}
