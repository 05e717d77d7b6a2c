/** The sources of each program, the one that it begins with first; paths from the checkout's root. */
export declare const PROGRAMS: Readonly<Record<string, readonly [string, ...string[]]>>;
/** The folder of a program that was made of the sources as they are now; null: the sources run. */
export declare function builtNow(program: string): string | null;
