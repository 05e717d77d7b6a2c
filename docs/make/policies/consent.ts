import {
  decide,
  DEFAULT_POLICY,
  gatesOf,
  MAX_OFFER_REFUSALS,
  permissionOf,
  windowAt,
  type AssignmentAggregate,
  type AttemptInput,
  type GateFacts,
  type GateName,
  type RolloutPolicy,
} from '@updraft/core';
import { dot, picture, text } from '../drawing.ts';
import { anAggregate, gateFacts } from './one-device.ts';
import { head, span, type PolicyPage } from './policy-page.ts';
import { barRows, clockAfter, xIn, type Bar, type BarFrame, type BarRow } from './state-bars.ts';

const NAME = 'consent';
const TITLE = 'Consent: the yes of the device’s user';
const START = Date.UTC(2026, 9, 5, 12);
const HOUR_MS = 3_600_000;
const STEP_HOURS = 0.25;
const HOURS = 48;
const POLICY: RolloutPolicy = {
  ...DEFAULT_POLICY,
  consent: { required: true, askAgainSeconds: 18 * 3600 },
  windows: { ...DEFAULT_POLICY.windows, windows: [{ cron: '0 0 22 ? * *', durationSeconds: 6 * 3600 }] },
};
/** What happens, in hours from the start of the phase. */
const COURSE: readonly (readonly [hour: number, input: AttemptInput, words: string])[] = [
  [1, { type: 'consent-asked' }, 'asked'],
  [5, { type: 'consent-declined' }, 'no'],
  [23, { type: 'consent-asked' }, 'asked again'],
  [29, { type: 'consent-given' }, 'yes'],
];
const FRAME: BarFrame = {
  left: 150,
  right: 820,
  top: 84,
  row: 34,
  hours: HOURS,
  ticks: Array.from({ length: 9 }, (_, index) => [index * 6, clockAfter(START, index * 6)]),
};

export const consentPage: PolicyPage = { name: NAME, title: TITLE, page, picture: drawn };

/** Two days of one device: which of its gates are open, and when it may install. */
function drawn(): string {
  const rows: readonly BarRow[] = [
    { name: 'consent', bars: openHours(isOpen('consent'), 'open') },
    { name: 'window', bars: openHours(isOpen('window'), 'open') },
    { name: 'may install', bars: openHours((facts, at) => permissionOf(gatesOf(facts, at)).mayInstall, 'good') },
  ];
  const height = FRAME.top + rows.length * FRAME.row + 36;
  return picture({ width: 860, height, title: TITLE }, [
    text('Two days of a device whose user is asked, from the start of its phase', [20, 28], { size: 15, bold: true }),
    ...barRows(rows, FRAME),
    ...COURSE.flatMap(([hour, { type }, words]) => [
      dot([xIn(FRAME, hour), FRAME.top + FRAME.row / 2], type === 'consent-declined' ? 'bad' : 'ink', 4),
      text(words, [xIn(FRAME, hour), FRAME.top - 26], { anchor: 'middle', size: 12, bold: true }),
    ]),
    text('A bar: the gate is open. Green: all of them are.', [20, height - 12], { tone: 'muted', size: 12 }),
  ]);
}

type Judge = (facts: GateFacts, at: number) => boolean;

function isOpen(gate: GateName): Judge {
  return (facts, at) => gatesOf(facts, at).some((one) => one.gate === gate && one.passed);
}

/** The spans in which a judgement of what the device is then holds. */
function openHours(judge: Judge, tone: Bar['tone']): readonly Bar[] {
  const bars: Bar[] = [];
  for (let hour = 0; hour < HOURS; hour += STEP_HOURS) {
    const at = START + hour * HOUR_MS;
    if (!judge(factsAt(hour), at)) continue;
    const last = bars.at(-1);
    if (last?.to === hour) bars[bars.length - 1] = { ...last, to: hour + STEP_HOURS };
    else bars.push({ from: hour, to: hour + STEP_HOURS, tone });
  }
  return bars;
}

function factsAt(hour: number): GateFacts {
  const at = START + hour * HOUR_MS;
  const state = COURSE.filter(([when]) => when <= hour).reduce(after, anAggregate({ consent: POLICY.consent }));
  const window = windowAt(POLICY.windows, POLICY.windows.zone, at);
  return gateFacts({ state, policy: POLICY, window, now: at });
}

function after(state: AssignmentAggregate, [hour, input]: (typeof COURSE)[number]): AssignmentAggregate {
  const decision = decide(state, input, START + hour * HOUR_MS);
  if (decision.outcome === 'refused') throw new Error(`the course cannot be: ${decision.code}`);
  return decision.outcome === 'changed' ? decision.state : state;
}

function page(): string {
  const { askAgainSeconds } = DEFAULT_POLICY.consent;
  const alt = `Two days of one device: asked after 1 h, declined after 5 h, asked again ${span(POLICY.consent.askAgainSeconds)} later, and consented after 29 h; it may install from the next opening of its nightly window on.`;
  return `${head(consentPage, alt)}
With \`consent.required\` nothing is installed before the user of the device has said yes. The question comes first: as soon as the phase has started and the
release fits, before window and pace, so that the answer is there when the window opens. Waiting for an answer takes no place of the [pace](pace.md).

| answer | what follows |
|---|---|
| yes | the other gates decide; a yes can be taken back until the install is granted |
| no | asked again after \`askAgainSeconds\` (${span(askAgainSeconds)} if the policy does not say) |
| none | nothing is installed, and nothing is counted as a failure |

Consent is asked by the server; what a device is told of the urgency, and whether it may choose the moment itself, says the [action](action.md).

## How the answer is given

A yes is of one attempt: a retry asks anew, also while its back-off runs, which no answer ends. What is granted stays granted.

SWUpdate cannot ask: its devices get nothing until a person answers for the user with \`updraft assignment consent DEVICE yes\`; who did so stands in the
record. A no is shown until somebody says yes.

A device may also refuse an offer by itself before it begins, because its battery is low, say (on DDI: feedback \`rejected\`). It is offered again after
\`askAgainSeconds\`; until then the gate \`device-refusal\` is shut, and \`updraft why DEVICE\` tells its words. What has begun goes on.
A device that refuses ${MAX_OFFER_REFUSALS} offers of one attempt does not want the update: its assignment ends as \`failed\` with the reason \`offer-refused\`, counts as an error of its phase,
and is not tried again. What is refused once, however often the device says so, counts once.
`;
}
