import { decide, EVIDENCE, type AssignmentAggregate, type AttemptInput, type EvidenceRule } from '@updraft/core';
import type { Tone } from '../drawing.ts';
import { anAggregate } from './one-device.ts';
import { head, type PolicyPage } from './policy-page.ts';
import { barPicture, type Bar, type BarFrame, type BarRow } from './state-bars.ts';

const NAME = 'evidence';
const TITLE = 'Evidence: done means booted';
const MINUTE_MS = 60_000;
const LIMIT_SECONDS = 30 * 60;
const LAST_MINUTE = 42;
const FRAME: BarFrame = {
  left: 230,
  right: 640,
  top: 64,
  row: 36,
  hours: LAST_MINUTE,
  ticks: [0, 10, 20, 30, 40].map((minute) => [minute, `${minute} min`]),
};

const TONES: Readonly<Record<string, Tone>> = {
  offered: 'line',
  installing: 'open',
  'awaiting-report': 'open',
  'awaiting-evidence': 'warn',
};

/** By its attribute the device type asks to see version 2. */
const RULE: NonNullable<EvidenceRule> = {
  versionAttribute: 'version',
  expectedVersion: '2',
  slotAttribute: null,
  bootIdAttribute: null,
  known: { version: null, slot: null, bootId: null },
};

type Happening = readonly [minute: number, input: AttemptInput];
type Course = { readonly name: string; readonly rule: EvidenceRule; readonly happens: readonly Happening[] };

const BEGINS: readonly Happening[] = [
  [0, { type: 'offer-made', install: true }],
  [1, { type: 'report-proceeding' }],
];
const DONE: Happening = [8, { type: 'report-succeeded', vouches: 'reported' }];

const COURSES: readonly Course[] = [
  {
    name: 'says so after its reboot',
    rule: null,
    happens: [...BEGINS, [5, { type: 'report-installed' }], [10, { type: 'report-succeeded', vouches: 'confirmed' }]],
  },
  { name: 'says so before, not asked', rule: null, happens: [...BEGINS, DONE] },
  { name: 'shows the new version', rule: RULE, happens: [...BEGINS, DONE, [9, shows('1')], [13, shows('2')]] },
  {
    name: 'shows the old one',
    rule: { ...RULE, known: { ...RULE.known, version: '1' } },
    happens: [...BEGINS, DONE, [9, shows('1')], [13, shows('1')], [39, due(13)]],
  },
  { name: 'shows nothing', rule: RULE, happens: [...BEGINS, DONE, [39, due(null)]] },
];

export const evidencePage: PolicyPage = { name: NAME, title: TITLE, page, picture: drawn };

/** Five devices that say "done", each decided by core from what it said and showed. */
function drawn(): string {
  const notes = [
    'Blue: at work. Orange: it has said that it is done, and is to show it; no offer stands meanwhile. The lower three are of a',
    `device type that names the attribute "${RULE.versionAttribute}"; what it has not shown after ${LIMIT_SECONDS / 60} min it does not run.`,
  ];
  const shows = 'Five devices that say "done", and what that counts';
  return barPicture({ title: TITLE, shows, notes }, COURSES.map(rowOf), FRAME);
}

function rowOf({ name, rule, happens }: Course): BarRow {
  let state = anAggregate({
    evidence: rule,
    timeLimits: { ...anAggregate({}).rules.timeLimits, awaitingEvidenceSeconds: LIMIT_SECONDS },
  });
  const bars: Bar[] = [];
  for (const [index, [minute, input]] of happens.entries()) {
    state = after(state, input, minute * MINUTE_MS);
    const to = happens[index + 1]?.[0] ?? minute;
    const stage = state.attempt?.state ?? '';
    const last = bars.at(-1);
    const tone = TONES[stage];
    if (tone === undefined || to === minute) continue;
    if (last?.tone === tone && last.to === minute) bars[bars.length - 1] = { ...last, to };
    else bars.push({ from: minute, to, tone });
  }
  return { name, bars, end: endOf(state) };
}

function after(state: AssignmentAggregate, input: AttemptInput, at: number): AssignmentAggregate {
  const decision = decide(state, input, at);
  if (decision.outcome === 'refused') throw new Error(`the course cannot be: ${input.type}, ${decision.code}`);
  return decision.outcome === 'changed' ? decision.state : state;
}

function endOf({ attempt }: AssignmentAggregate): string {
  if (attempt === null) throw new Error('the course begins no attempt');
  const shown = attempt.state === 'succeeded' ? attempt.evidence.join(', ') : attempt.reason;
  return `${attempt.state}: ${shown}`;
}

function shows(version: string): AttemptInput {
  return { type: 'attributes-reported', attributes: { version } };
}

/** Its time is over; in contact all the while. */
function due(evidenceReportedAt: number | null): AttemptInput {
  const at = evidenceReportedAt === null ? null : evidenceReportedAt * MINUTE_MS;
  return { type: 'due', lastContactAt: 38 * MINUTE_MS, listeningSince: 0, evidenceReportedAt: at };
}

const MEANINGS: Readonly<Record<(typeof EVIDENCE)[number], string>> = {
  confirmed: 'the protocol guarantees that a process started after the reboot said so',
  observed: 'a later contact shows it in the attribute that the device type names',
  reported: 'only the device’s word, perhaps said before it rebooted',
};

function page(): string {
  const alt = `Five devices over time: ${COURSES.map((course) => `${course.name}, ${rowOf(course).end}`).join('; ')}.`;
  return `${head(evidencePage, alt)}
Some agents say "done" before they reboot, some say it though the boot loader went back to the old system. So each success carries what shows it:

| evidence | what it is |
|---|---|
${EVIDENCE.map((kind) => `| \`${kind}\` | ${MEANINGS[kind]} |`).join('\n')}

What is only reported is never shown as confirmed.

## A device type may ask to see it

\`updraft device-type add board-a --version-attribute version\` names the attribute that must show the release's version; \`--slot-attribute\` one that must show
another slot than before, \`--boot-id-attribute\` one that must show another boot id than at the install. Of these a report must show all that the type names. Until
then the update is \`verifying\`, takes no place of the [pace](pace.md), and is no success; an old value meanwhile is no verdict, as some agents send it before they reboot.

When the time is over (\`awaiting-evidence\`: [time limits](time-limits.md), or the type's own \`--verifying-seconds\`), the attempt has failed: \`booted-old-version\` where the
device showed the old one, \`no-evidence\` where it showed nothing. Both count as errors, and may be [retried](retries.md).

A device type that names nothing trusts the protocol: SWUpdate's last report comes after its reboot and is \`confirmed\`; of other agents it is \`reported\`.
`;
}
