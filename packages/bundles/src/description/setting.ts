/**
 * A parsed sw-description, the same for libconfig and JSON. `int64` and `array` exist in libconfig only, `null` in JSON only. Group members
 * are kept in a Map: their names come from outside.
 */
export type Setting =
  | { readonly kind: 'group'; readonly members: ReadonlyMap<string, Setting> }
  | { readonly kind: 'list' | 'array'; readonly items: readonly Setting[] }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'int' | 'int64' | 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'null' };

/** In which of its two notations a sw-description is written. */
export type DescriptionSyntax = 'libconfig' | 'json';

/** SWUpdate asks the two libraries slightly different questions, so that what a setting means depends on its notation. */
export type SettingTree = { readonly syntax: DescriptionSyntax; readonly root: Setting };

export function member(setting: Setting | undefined, name: string): Setting | undefined {
  return setting?.kind === 'group' ? setting.members.get(name) : undefined;
}

/** What SWUpdate walks through as the entries of a section: also the members of a group, in libconfig. */
export function entriesOf(setting: Setting): readonly Setting[] {
  if (setting.kind === 'list' || setting.kind === 'array') return setting.items;
  return setting.kind === 'group' ? [...setting.members.values()] : [];
}

export function textOf(setting: Setting | undefined): string | undefined {
  return setting?.kind === 'string' ? setting.value : undefined;
}

/** How SWUpdate reads a switch: libconfig ignores a string there, JSON copies its bytes and so takes any text as true. */
export function flagOf(syntax: DescriptionSyntax, setting: Setting | undefined): boolean {
  if (setting?.kind === 'bool') return setting.value;
  if (setting?.kind === 'int' || setting?.kind === 'int64') return setting.value !== 0;
  return syntax === 'json' && setting?.kind === 'string' && setting.value !== '';
}
