import {
  CONTACT_DAYS,
  ENOUGH_MEASURED,
  MAX_FORECAST_RUNS,
  MISS_REASONS,
  SETTINGS,
  windowAt,
  type Forecast,
  type Instant,
} from '@updraft/core';
import { box, picture, stroke, text, type Point } from './drawing.ts';
import { DEVICES, foretoldExample, PARALLEL, SIZES, WINDOW, ZONE } from './forecast-example.ts';
import { forecastGuide } from './forecast-guide.ts';
import { span } from './policies/policy-page.ts';

const WIDTH = 860;
const HEIGHT = 380;
const LEFT = 110;
const RIGHT = 820;
const TOP = 64;
const ROW = 44;
const TRAFFIC_BOTTOM = 300;
const TRAFFIC_HEIGHT = 80;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TITLE = 'A forecast: three phases, nightly windows, a few at once';

/** Each phase from its start to its likely end and to its P90, over the nights in which its window is open. */
export function forecastPicture(): string {
  const { forecast, bottleneck } = foretoldExample();
  const scale = scaleOf(forecast);
  const words =
    bottleneck === null
      ? 'No setting alone would make it faster.'
      : `Bottleneck: ${bottleneck.setting}. Twice of it: ${hours(bottleneck.savedSeconds)} sooner.`;
  return picture({ width: WIDTH, height: HEIGHT, title: TITLE }, [
    text(TITLE, [20, 28], { size: 15, bold: true }),
    ...nights(forecast, scale),
    ...forecast.phases.flatMap((phase, at) => phaseRow(phase, { y: TOP + at * ROW, scale, size: SIZES[at] ?? 0 })),
    ...traffic(forecast, scale),
    ...days(forecast, scale),
    text(
      'solid: to the end as likely as not (P50)   pale: nine runs in ten (P90)   mark: success threshold reached   shaded: window open',
      [LEFT, HEIGHT - 34],
      {
        tone: 'muted',
        size: 12,
      },
    ),
    text(words, [LEFT, HEIGHT - 14], { size: 12, bold: true }),
  ]);
}

type Scale = (at: Instant) => number;

function scaleOf({ from, end }: Forecast): Scale {
  const to = Math.ceil((end.p90 ?? from + DAY_MS) / DAY_MS) * DAY_MS;
  return (at) => LEFT + ((at - from) / (to - from)) * (RIGHT - LEFT);
}

function phaseRow(
  { name, start, reached, end }: Forecast['phases'][number],
  { y, scale, size }: { readonly y: number; readonly scale: Scale; readonly size: number },
): readonly string[] {
  const [begins, likely, late] = [start.p50 ?? 0, end.p50 ?? 0, end.p90 ?? 0].map(scale) as [number, number, number];
  return [
    text(name, [LEFT - 12, y + 14], { anchor: 'end' }),
    text(`${size}`, [LEFT - 12, y + 28], { anchor: 'end', tone: 'muted', size: 11 }),
    box([begins, y + 4], [Math.max(2, late - begins), 24], { tone: 'open', opacity: 0.3 }),
    box([begins, y + 4], [Math.max(2, likely - begins), 24], { tone: 'open' }),
    ...(reached.p50 === null ? [] : [box([scale(reached.p50) - 2, y], [4, 32], { tone: 'good' })]),
  ];
}

/** The nights in which the window is open, as the gates see them. */
function nights({ from, end }: Forecast, scale: Scale): readonly string[] {
  const plan = { windows: [WINDOW], blackouts: [] };
  const drawn: string[] = [];
  const to = end.p90 ?? from;
  for (let opens = windowAt(plan, ZONE, from).opensAt; opens !== null && opens < to;) {
    const closes = windowAt(plan, ZONE, opens).changesAt ?? to;
    const corner: Point = [scale(opens), TOP - 8];
    drawn.push(box(corner, [scale(closes) - scale(opens), TRAFFIC_BOTTOM - TOP + 8], { tone: 'good', opacity: 0.15 }));
    opens = windowAt(plan, ZONE, closes).opensAt;
  }
  return drawn;
}

function traffic({ profile, profileSeconds, peakMbit }: Forecast, scale: Scale): readonly string[] {
  const most = Math.max(1, ...profile.map(({ mbit }) => mbit));
  const bars = profile.map(({ at, mbit }) => {
    const height = (mbit / most) * TRAFFIC_HEIGHT;
    const width = Math.max(0.6, scale(at + profileSeconds * 1000) - scale(at));
    return box([scale(at), TRAFFIC_BOTTOM - height], [width, height], { tone: 'warn', opacity: 0.8 });
  });
  return [
    text('traffic', [LEFT - 12, TRAFFIC_BOTTOM - 22], { anchor: 'end' }),
    text(`${peakMbit.p50.toFixed(0)} Mbit/s`, [LEFT - 12, TRAFFIC_BOTTOM - 8], {
      anchor: 'end',
      tone: 'muted',
      size: 11,
    }),
    ...bars,
    stroke(
      [
        [LEFT, TRAFFIC_BOTTOM],
        [RIGHT, TRAFFIC_BOTTOM],
      ],
      { tone: 'line' },
    ),
  ];
}

function days({ from, end }: Forecast, scale: Scale): readonly string[] {
  const first = Math.ceil(from / DAY_MS) * DAY_MS;
  const count = Math.ceil(((end.p90 ?? from) - first) / DAY_MS) + 1;
  return Array.from({ length: count }, (_, at) => first + at * DAY_MS).map((day) => {
    const words = Temporal.Instant.fromEpochMilliseconds(day).toZonedDateTimeISO('UTC').toPlainDate();
    return text(words.toPlainMonthDay().toString(), [scale(day), TRAFFIC_BOTTOM + 18], {
      anchor: 'middle',
      tone: 'muted',
      size: 11,
    });
  });
}

function hours(seconds: number): string {
  return seconds < 2 * 86_400 ? `${Math.round(seconds / 3600)} h` : `${(seconds / 86_400).toFixed(1)} d`;
}

/** `docs/forecast.md` */
export function forecastPage(): string {
  const alt = `Three phases of ${SIZES.join(', ')} of ${DEVICES} devices over the nights in which their window is open, ${PARALLEL} at work at once: each with its likely end and its end in nine of ten runs, and below them the traffic.`;
  return `# How long will it take?

Before a rollout starts, and while it runs, Updraft foretells when each phase and the whole will end, what will flow, who will not make it and why, and
which one setting holds it up most. The picture and the numbers on this page are made by the code that foretells your rollouts (\`npm run docs\`).

![${alt}](forecast.svg)

Here the window of ${span(WINDOW.durationSeconds)} a night and ${PARALLEL} devices at once set the length: the first rule of thumb is S_N = S_1 · N / N_p (the time of one device, times how
many there are, by how many work at once), and the windows stretch it over the nights.

## What it is made from

- **Rules**: windows in each device's zone, pace, thresholds, soaks, retries and time limits are decided by the same functions that decide the real rollout.
- **Stages of this fleet**: how long it took from the offer to the first byte, to download (in bytes a second), to prepare, to install and reboot, by device
  type and link. Until ${ENOUGH_MEASURED} were measured of devices so alike, less alike ones and at last a prior count for more; the forecast says \`assumed\`, and is wider.
- **Failures of this fleet**: how first and later attempts ended, and at which stage.
- **Polls**: as often as the tenant's interval or the override that a device matches says; who polls more rarely than hourly hears of a window at the
  poll before it, and comes back when it opens. Who is in the penalty box begins when that is over.
- **Hours of contact**: in which hours of the last ${CONTACT_DAYS} days each device was there. Days to come are like days that were, working days and weekends apart.
- **Chance**: up to ${MAX_FORECAST_RUNS} runs of the whole. P50 is the end that half of them meet, P90 that nine of ten do. The same question has the same answer.

Who will not make it is told by the reason: ${MISS_REASONS.map((reason) => `\`${reason}\``).join(', ')}; those never in contact by name with
\`updraft device list --filter 'lastContactAt=is=null'\`. The bottleneck is looked for among
${SETTINGS.map((setting) => `\`${setting}\``).join(', ')}: each is doubled (interval and soak: halved), and the one that gains most is shown with its gain.

A phase that a person starts is taken to be started as soon as it may be, an approval and the consent of users to be given at once, a paused rollout to be resumed
now: what people take, nobody can foretell. What would take years is played for a part, and
the rest reckoned by its pace. A forecast looks at a sample of the devices and works in groups, on a thread of its own: that of a million devices takes
seconds, and no device waits for it.

## How good is it?

\`npm run bench -- forecast\` lets 100 rollouts of 10 000 devices of ten fleets come true, device by device, against core's own gates and lifecycles, and compares
them with what was foretold from one earlier rollout: different policies, nightly windows, four time zones, 3 % of devices that lie, fall silent, boot-loop, flake or
break. The P50 of the end was off by 13 % of the whole at the median, and the P90 covered 87 % of them. Every rollout of yours is compared in the same way: the
forecast of its start is kept, and what came true beside it: the ends of the whole and of each phase, the bytes that flowed, and their peak.
It is made within seconds of the start; what had flowed by then counts as foretold.

Bytes are what the servers themselves handed to the network for devices of the rollout, added up over all servers and restarts, what was fetched again included.
What a device took from a cache or a CDN, or over a [signed link](configuration.md), is not among them, and where less than half of what was foretold flowed from
here the command line says so. The peak is that of the busiest span, as long as those of the forecast: a quarter of an hour, more where it takes months. No poll and
no download writes anything for it: each server adds up in memory and writes about once a second while bytes flow; a crash loses that second.

${forecastGuide()}`;
}
