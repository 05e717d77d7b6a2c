import type { CutKind } from '../../reference-device/src/power-cuts/cut-points.ts';
import type { JudgedCut, Stage } from '../../reference-device/src/power-cuts/judge-log.ts';
import type { WriteLog } from '../../reference-device/src/power-cuts/write-log.ts';
import type { BootedCut } from './boot-cuts.ts';

const STAGES: readonly Stage[] = ['before the update', 'installing', 'switched', 'trial', 'committed'];
const KINDS: readonly CutKind[] = ['in order', 'cache lost', 'torn', 'reordered', 'reordered and torn'];
const HEAD = ['stage of the update', ...KINDS, 'all', 'old version', 'new on trial', 'new kept', 'bricks', 'booted'];

/** The table of docs/power-cuts.md: for each stage the cuts of each kind, what boots after them, and how many were booted. */
export function cutTable(log: WriteLog, cuts: readonly JudgedCut[], booted: readonly BootedCut[]): string {
  const rows = STAGES.map((stage) => row(stage, [cuts, booted], (cut) => cut.stage === stage));
  const sum = row('**all**', [cuts, booted], () => true);
  const lines = [HEAD, HEAD.map(() => '---'), ...rows, sum].map((cells) => `| ${cells.join(' | ')} |`);
  const said = `${log.writes.length} writes and ${log.flushes.length} flushes of two updates, cut in ${cuts.length} ways; `;
  return [`${said}${booted.length} of them booted in QEMU.`, '', ...lines, ''].join('\n');
}

function row(
  name: string,
  [cuts, booted]: readonly [readonly JudgedCut[], readonly BootedCut[]],
  isIn: (cut: JudgedCut) => boolean,
): string[] {
  const own = cuts.filter(isIn);
  const count = (test: (cut: JudgedCut) => boolean) => String(own.filter(test).length);
  return [
    name,
    ...KINDS.map((kind) => count(({ point }) => point.kind === kind)),
    String(own.length),
    count((cut) => fate(cut) === 'old'),
    count((cut) => fate(cut) === 'trial'),
    count((cut) => fate(cut) === 'new'),
    count((cut) => fate(cut) === 'brick'),
    String(booted.filter(({ cut }) => isIn(cut)).length),
  ];
}

/** The newest version that was committed when the stage began is the old one; after a commit the new one is kept. */
function fate({ stage, judgement }: JudgedCut): 'old' | 'trial' | 'new' | 'brick' {
  if (judgement.verdict !== 'boots') return 'brick';
  if (judgement.trial) return 'trial';
  return stage === 'committed' ? 'new' : 'old';
}
