import { EXIT_CODES } from './exit-codes.ts';

/** `updraft help TOPIC` */
export const HELP_TOPICS: Readonly<
  Record<string, { readonly summary: string; readonly lines: () => readonly string[] }>
> = {
  'exit-codes': { summary: 'what the exit status of a command means', lines: exitCodesTopic },
  environment: { summary: 'environment variables and files', lines: environmentTopic },
  filters: { summary: 'how to say which rows of a list', lines: filtersTopic },
  json: { summary: 'what --json prints', lines: jsonTopic },
};

function exitCodesTopic(): readonly string[] {
  const rows = Object.values(EXIT_CODES).map(({ status, meaning }) => `    ${String(status).padStart(3)}  ${meaning}`);
  return [
    'EXIT STATUS',
    ...rows,
    '',
    '    The same for every command. An error also has a code in words, which --json shows.',
  ];
}

function environmentTopic(): readonly string[] {
  return [
    'ENVIRONMENT',
    '    UPDRAFT_SERVER    the server, in place of that of the last login; --server goes before it',
    '    UPDRAFT_TOKEN     the token, in place of the kept one',
    '    UPDRAFT_CA        a file with the CA of the server, in PEM; --ca goes before it',
    '    UPDRAFT_HAWKBIT_PASSWORD   of the user at hawkBit, for "import hawkbit"',
    '    UPDRAFT_DEVICES_DIR   where devices under QEMU are kept (default $XDG_STATE_HOME/updraft/devices)',
    '    NO_COLOR          no colours, if set to anything',
    '    XDG_CONFIG_HOME   where logins are kept (default ~/.config)',
    '    XDG_STATE_HOME    where unfinished uploads are remembered (default ~/.local/state)',
    '    XDG_CACHE_HOME    where images for QEMU and what they are made of are kept (default ~/.cache)',
    '',
    'FILES',
    '    $XDG_CONFIG_HOME/updraft/credentials.json   logins, readable by you alone',
    '    $XDG_STATE_HOME/updraft/uploads/            unfinished uploads, by file',
  ];
}

/** As docs/filters.md tells them. */
const DEVICE_FIELDS = [
  'name  number  description  displayName  address  type  type.key  type.number  tag  group  site  zone',
  'attribute.KEY  metadata.KEY',
  'runningRelease (NAME@VERSION)  runningRelease.id  runningRelease.name  runningRelease.version',
  'assignedRelease  assignedRelease.id  assignedRelease.name  assignedRelease.version',
  'wantedRelease.name  wantedRelease.version',
  'state  standing  identity  penalty  penaltyUntil  overdue  autoConsent',
  'createdAt  createdBy  changedAt  changedBy  lastContactAt',
] as const;

function filtersTopic(): readonly string[] {
  return [
    'FILTERS',
    '    A filter is RSQL: comparisons of a field of the row with a value, joined by ";" (and) or "," (or), grouped by ( ).',
    '',
    '    ==  equal, "*" stands for any text, upper and lower case alike    !=  not equal',
    '    <  <=  >  >=  (=lt= =le= =gt= =ge=)    less, at most, greater, at least',
    '    =in=(a,b)    one of    =out=(a,b)    none of',
    '    =is=null  =not=null    has no value, has one',
    '',
    '    A value with a space, a bracket, "," or ";" stands in quotes, single or double; put the whole filter in the quotes of',
    '    your shell. A time is 2026-01-31T22:00Z, a date, a duration from now such as -P7D, or ${NOW}, ${NOW-PT12H}.',
    '',
    'FIELDS OF DEVICES',
    ...DEVICE_FIELDS.map((line) => `    ${line}`),
    '',
    'EXAMPLES',
    "    updraft device list --filter 'name==gw-*;type==board-a'",
    "    updraft rollout create spring --release gateway-os@2.1.0 --filter 'attribute.site=in=(north,south)'",
    "    updraft device list --filter 'group==/plants/turin/*;lastContactAt<-P7D'",
  ];
}

function jsonTopic(): readonly string[] {
  return [
    'JSON',
    '    With --json a command prints one JSON document on stdout, as the API answers it.',
    '    A list is {"items": [...], "total": n, "totalIsExact": true}, all pages together.',
    '    "events --follow" prints one document a line.',
    '    An error is one document on stderr: {"code", "message", "exitCode", "status"?, "reason"?, "errors"?}.',
  ];
}
