/** What a program of ours is given of this process: it does not hear our settings, and where compiled code is kept it need not compile all of itself anew. */
export function bareEnvironment(): Readonly<Record<string, string>> {
  const { PATH = '', NODE_COMPILE_CACHE: compiled } = process.env;
  return { PATH, ...(compiled === undefined ? {} : { NODE_COMPILE_CACHE: compiled }) };
}
