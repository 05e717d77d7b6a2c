export const GROUP_PATH_MAX_CHARACTERS = 512;
export const MAX_GROUP_DEPTH = 16;

/**
 * A group's path as it is kept, `/plant/line1`; null where it is none: its parts are not empty and hold no control
 * characters, and there are at most {@link MAX_GROUP_DEPTH} of them.
 */
export function readGroupPath(written: string): string | null {
  const parts = written
    .replace(/^\//, '')
    .replace(/\/$/, '')
    .split('/')
    .map((part) => part.trim());
  if (parts.length > MAX_GROUP_DEPTH || written.length > GROUP_PATH_MAX_CHARACTERS) return null;
  return parts.every((part) => /^[^\p{Cc}\p{Cs}]+$/u.test(part)) ? `/${parts.join('/')}` : null;
}

/** The path and those above it, the nearest first: `/a/b/c` → `/a/b/c`, `/a/b`, `/a`. */
export function pathsUpwards(path: string): readonly string[] {
  const parts = path.split('/').slice(1);
  return parts.map((_, at) => `/${parts.slice(0, parts.length - at).join('/')}`);
}
