import type { Setting } from '../src/description/setting.ts';

/** A parsed description as plain values, to be compared in tests. */
export function plainSetting(setting: Setting): unknown {
  switch (setting.kind) {
    case 'group':
      return Object.fromEntries([...setting.members].map(([name, value]) => [name, plainSetting(value)]));
    case 'list':
    case 'array':
      return setting.items.map(plainSetting);
    case 'null':
      return null;
    default:
      return setting.value;
  }
}
