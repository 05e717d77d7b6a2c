/**
 * Names that we accept in a bundle: relative, no `..`, no control character, valid UTF-8, no empty part. SWUpdate appends the name of every
 * member that its description mentions to a directory.
 */
export function isSafeName(name: string): boolean {
  if (name === '' || name.startsWith('/') || name.includes('\\')) return false;
  // oxlint-disable-next-line no-control-regex -- control characters are what is refused
  if (/[\u0000-\u001f\u007f\ufffd]/.test(name)) return false;
  return name.split('/').every((part, index) => part !== '' && part !== '..' && (part !== '.' || index === 0));
}

/** SWUpdate unpacks into a fresh directory, in which only these folders exist. */
export function isExtractable(name: string): boolean {
  const folders = name
    .split('/')
    .slice(0, -1)
    .filter((part) => part !== '.');
  return folders.length === 0 || (folders.length === 1 && (folders[0] === 'scripts' || folders[0] === 'datadst'));
}
