import type { Style } from '../output/style.ts';

/** `name@version`, as every command takes it back. */
export function releaseText(release: { readonly name: string; readonly version: string } | null): string {
  return release === null ? '-' : `${release.name}@${release.version}`;
}

/** A state with its reason, where it has one. */
export function stateText({ state, reason }: { readonly state: string; readonly reason: string | null }): string {
  return reason === null ? state : `${state}: ${reason}`;
}

const STYLES: Readonly<Record<string, Style>> = {
  succeeded: 'green',
  published: 'green',
  finished: 'green',
  failed: 'red',
  'rolled-back': 'red',
  'timed-out': 'red',
  withdrawn: 'red',
  canceled: 'yellow',
  canceling: 'yellow',
  paused: 'yellow',
  stopped: 'yellow',
  'backing-off': 'yellow',
  superseded: 'dim',
  running: 'cyan',
  downloading: 'cyan',
  installing: 'cyan',
  verifying: 'cyan',
};

export function stateStyle(state: string | undefined): Style | undefined {
  return state === undefined ? undefined : STYLES[state];
}
