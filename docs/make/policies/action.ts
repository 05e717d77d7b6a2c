import { DEFAULT_POLICY, gatesOf, permissionOf, windowAt, type ActionRule, type RolloutPolicy } from '@updraft/core';
import { urgencyOfPolicy } from '../../../packages/server/src/doors/ddi/urgency.ts';
import { anAggregate, gateFacts } from './one-device.ts';
import { head, type PolicyPage } from './policy-page.ts';
import { barPicture, clockAfter, type Bar, type BarFrame, type BarRow } from './state-bars.ts';

const NAME = 'action';
const TITLE = 'Action: who chooses the moment';
const START = Date.UTC(2026, 9, 5, 12);
const HOUR_MS = 3_600_000;
const STEP_HOURS = 0.5;
const HOURS = 34;
const FORCED_AFTER_HOURS = 14;
const WINDOWS = { ...DEFAULT_POLICY.windows, windows: [{ cron: '0 0 22 ? * *', durationSeconds: 6 * 3600 }] };
const ACTIONS: readonly { readonly action: ActionRule; readonly name: string }[] = [
  { action: { kind: 'forced' }, name: 'forced' },
  { action: { kind: 'soft' }, name: 'soft' },
  {
    action: { kind: 'time-forced', forcedAt: START + FORCED_AFTER_HOURS * HOUR_MS },
    name: `time-forced, ${clockAfter(START, FORCED_AFTER_HOURS)}`,
  },
  { action: { kind: 'download-only' }, name: 'download-only' },
];
const FRAME: BarFrame = {
  left: 190,
  right: 820,
  top: 64,
  row: 36,
  hours: HOURS,
  ticks: [0, 6, 12, 18, 24, 30].map((hour) => [hour, clockAfter(START, hour)]),
};

export const actionPage: PolicyPage = { name: NAME, title: TITLE, page, picture: drawn };

/** What a device that may download ahead is told over a night and the day after, under each action. */
function drawn(): string {
  const shows = 'What a device is told from the start of its phase, with a nightly window and downloadAhead';
  const notes = [
    'Grey: it may download. Blue: it is to install now. Green: it may install, and chooses when.',
    'What has been permitted once stays so until the attempt ends; the picture shows devices that have not begun.',
  ];
  return barPicture({ title: TITLE, shows, notes }, ACTIONS.map(rowOf), FRAME);
}

type Told = 'download' | 'now' | 'its choice';
const LOOKS: Readonly<Record<Told, Pick<Bar, 'tone' | 'opacity'>>> = {
  download: { tone: 'muted', opacity: 0.35 },
  now: { tone: 'open' },
  'its choice': { tone: 'good' },
};

function rowOf({ action, name }: (typeof ACTIONS)[number]): BarRow {
  const bars: Bar[] = [];
  for (const { told, from, to } of spansOf(action)) bars.push({ from, to, ...LOOKS[told], label: told });
  return { name, bars };
}

type Span = { readonly told: Told; readonly from: number; readonly to: number };

function spansOf(action: ActionRule): readonly Span[] {
  const spans: Span[] = [];
  for (let hour = 0; hour < HOURS; hour += STEP_HOURS) {
    const told = toldAt(action, START + hour * HOUR_MS);
    if (told === null) continue;
    const last = spans.at(-1);
    if (last?.told === told && last.to === hour) spans[spans.length - 1] = { ...last, to: hour + STEP_HOURS };
    else spans.push({ told, from: hour, to: hour + STEP_HOURS });
  }
  return spans;
}

/** The gates permit, and the door says how urgent it is. */
function toldAt(action: ActionRule, now: number): Told | null {
  const policy: RolloutPolicy = { ...DEFAULT_POLICY, action, windows: { ...WINDOWS, downloadAhead: true } };
  const window = windowAt(policy.windows, policy.windows.zone, now);
  const state = anAggregate({ downloadOnly: action.kind === 'download-only' });
  const { mayDownload, mayInstall } = permissionOf(gatesOf(gateFacts({ state, policy, window, now }), now));
  const { update } = urgencyOfPolicy(policy, now);
  if (!mayDownload) return null;
  if (!mayInstall || update === 'skip') return 'download';
  return update === 'forced' ? 'now' : 'its choice';
}

function page(): string {
  const told = ACTIONS.map(({ action, name }) => {
    const spans = spansOf(action).map((span) => `${span.told} from ${clockAfter(START, span.from)}`);
    return `${name}: ${spans.join(', ')}`;
  });
  return `${head(actionPage, `A night and a day of four devices. ${told.join('; ')}.`)}
\`action\` says what a device whose gates are open is told of the urgency:

| \`action\` | the device | on DDI (\`download\`, \`update\`) |
|---|---|---|
| \`forced\` (when nothing is said) | installs now | ${onWire({ kind: 'forced' })} |
| \`soft\` | chooses the moment: when nobody is at the machine, say | ${onWire({ kind: 'soft' })} |
| \`time-forced\` | chooses until \`forcedAt\`, and installs now from then on | the one, then the other |
| \`download-only\` | fetches the update and is never told to install it | ${onWire({ kind: 'download-only' })} |

\`updraft rollout create … --action soft\`, \`--forced-at 2026-12-24T18:00:00Z\`; the same for direct assignments and saved filters.

- **The gates come first.** Windows, pace, phases and consent hold a forced update back as any other: \`forced\` is about the device's freedom, not about yours.
- **Soft asks the client.** One that has no notion of it installs at once: SWUpdate does. Who wants the user asked whatever the client is takes [consent](consent.md).
- **A download that is enough.** A \`download-only\` attempt has succeeded with its last byte; the release does not run then, and evidence is not asked for. SWUpdate, which cannot download
  without installing, refuses it. To download first and install in the window is \`downloadAhead\` of [windows](windows.md).
- **A moment that is forced in the past** is the same as \`forced\`, and the preview says so.
`;
}

function onWire(action: ActionRule): string {
  const { download, update } = urgencyOfPolicy({ ...DEFAULT_POLICY, action }, START);
  return `\`${download}\`, \`${update}\``;
}
