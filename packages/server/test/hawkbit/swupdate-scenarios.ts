/** What SWUpdate’s reference tells of it, and which test shows that it goes well with our server. */
export type Scenario = {
  readonly says: string;
  /** A file of tests from the repository's root, and words that name the test in it. */
  readonly shownBy: readonly [file: string, test: string];
};

const NEEDS = 'packages/server/test/ddi-swupdate.test.ts';
const TALKS = 'packages/server/test/hawkbit/swupdate-rows.ts';
const FILES = 'packages/server/test/hawkbit/ddi-artifact-rows.ts';
const BUNDLES = 'test/devices/swu.test.ts';
const DEVICE = 'test/devices/swupdate-device.test.ts';
const OPERATOR = 'test/journeys/hawkbit-script.test.ts';
const journey = (name: string) => `test/journeys/${name}.test.ts`;

function shown(says: string, file: string, test: string): Scenario {
  return { says, shownBy: [file, test] };
}

/** The numbered list of what breaks a naive server (§0). */
const breaks: readonly Scenario[] = [
  shown('0.1 exactly 200', NEEDS, '1: configData, feedback and cancel feedback are answered exactly 200'),
  shown('0.2 configData is linked until it was put', NEEDS, '2: the configData link goes with the first accepted PUT'),
  shown('0.2 live: attributes are asked for once', journey('connection'), 'attributes are asked for until the device'),
  shown('0.3 skip is no success', NEEDS, '3: update is never skip'),
  shown('0.3 live: a closed window offers nothing', journey('windows'), 'outside the window nothing is offered'),
  shown('0.3 live: download-only is refused, not finished', OPERATOR, 'polls until its user has confirmed'),
  shown('0.3 download-only', TALKS, 'what it may only download it refuses'),
  shown('0.4 an artifact is no error page', NEEDS, '4: an artifact is served until its attempt is closed'),
  shown('0.4 a withdrawn offer still serves', NEEDS, '4: an artifact is served after its offer was withdrawn'),
  shown('0.4 what fails is cut', 'packages/server/test/ddi-failures.test.ts', 'cuts a download instead of answering'),
  shown('0.5 resume by Range', NEEDS, '5: a download resumes by Range without If-Range'),
  shown(
    '0.5 live: resume after a kill',
    journey('download'),
    'goes on with its download where a server that was killed',
  ),
  shown('0.6 ids are int32', NEEDS, '6: action ids are decimals that fit in an int32'),
  shown('0.7 absolute links', NEEDS, '7: links are absolute'),
  shown('0.8 sleep is HH:MM:SS', NEEDS, '8: sleep is HH:MM:SS below 24 hours'),
  shown('0.8 live: the interval is kept', journey('connection'), 'polls in the interval that the tenant has set'),
  shown('0.9 files beside the .swu', NEEDS, '9: a file beside the .swu is kept from SWUpdate'),
  shown('0.9 live: a README beside the .swu', OPERATOR, 'takes its update with the token that the script has read'),
  shown('0.9 a chunk without a .swu', TALKS, 'a module without a bundle is told as what'),
  shown('0.10 bodies made by hand', NEEDS, '10: a raw line end inside a string is repaired'),
  shown('0.11 odd progress, 98 KiB', NEEDS, '11: odd progress and time are taken'),
  shown('0.12 the id of a cancel', NEEDS, '12: the body’s id need not be that of the path'),
  shown('0.13 a stale success', NEEDS, '13: a stale success is answered 200'),
  shown('0.13 a stale failure', NEEDS, '13: a stale failure is credited to nothing'),
  shown('0.13 live: stale results', journey('stale-results'), 'is credited to nothing, and the update is then really'),
  shown('0.14 the same action again', NEEDS, '14: a restart without a new slot installs the same action again'),
  shown('0.14 live: no boot script', journey('restart'), 'restarts without its boot script installs the update again'),
  shown('0.15 sha1 in lower case', NEEDS, '15: sha1 is there in lower case'),
  shown('0.16 Expect: 100-continue', NEEDS, '16: Expect: 100-continue'),
  shown('0.17 doubled slashes', NEEDS, '17: a doubled slash is one'),
  shown('0.17 live: a URL that ends in a slash', journey('connection'), 'ends with a slash is served as any other'),
  shown('0.18 headers of a GET', NEEDS, '18: a GET with a JSON content type'),
  shown('0.19 HEAD goes before', NEEDS, '19: HEAD of an artifact tells its length'),
  shown('0.20 no Retry-After', NEEDS, '20: no answer asks to come back later'),
  shown('0.20 live: confirmation is not known', OPERATOR, 'polls until its user has confirmed'),
];

/** Bundles (§1, §2): Debian's binary, live. */
const bundles: readonly Scenario[] = [
  shown('2 cpio crc and newc', BUNDLES, "'cpio crc'"),
  shown('2 RSA signer', BUNDLES, "'signed with RSA'"),
  shown('2 zlib, installed directly', BUNDLES, "'zlib and installed directly'"),
  shown('2 zstd, encrypted', BUNDLES, "'zstd and encrypted'"),
  shown('2 scripts', BUNDLES, "'with a script'"),
  shown('2 tampered', BUNDLES, 'tampered: {'),
  shown('2 unsigned', BUNDLES, 'unsigned: {'),
  shown('2 another signer', BUNDLES, "'signed by another'"),
  shown('2 other hardware', BUNDLES, "'for other hardware'"),
  shown('2 a failing script', BUNDLES, 'a failing script fails the installation'),
  shown('2 our own bundles', journey('bundles'), 'our own, encrypted and compressed'),
  shown('2 refused at upload', journey('refused-bundles'), 'is refused at its upload with a code'),
  shown('2 refused by the device', journey('refused-bundles'), 'is refused by the device and shown as failed'),
];

/** The conversation (§3) and its interruptions. */
const conversation: readonly Scenario[] = [
  shown('3 Debian’s, word for word', TALKS, 'Debian’s SWUpdate installs, restarts and tells its success'),
  shown('3 live, on both databases', journey('restart'), 'an update counts when the device has booted it and says so'),
  shown('3 failure', TALKS, 'closes the action with its reasons'),
  shown('3 cancel', TALKS, 'a cancel is looked for first'),
  shown('3 live: cancel before the download', journey('cancel'), 'is asked in time, leaves it'),
  shown('3 live: cancel while it downloads', journey('cancel'), 'a device that is downloading breaks off'),
  shown('3 live: superseded', journey('superseded'), 'a device that is downloading leaves it'),
  shown(
    '3 live: a link that goes while it installs',
    journey('windows'),
    'a window that closes during an installation',
  ),
  shown('3 target token', OPERATOR, 'with the token that the script has read'),
  shown('3 gateway token', journey('joining'), 'an unknown device with a gateway token joins'),
  shown('3 refused tokens', journey('joining'), 'a wrong gateway token is answered 401'),
  shown('3 a token of another', journey('joining'), 'the token of another device is answered 401'),
  shown('3 retries of a cut', TALKS, 'a download that is cut goes on from its byte'),
  shown('3 live: cut for good', journey('retry'), 'a device whose download is cut for good'),
  shown('3 live: power fails', journey('download'), 'whose power fails in the middle of an installation'),
  shown('3 several bundles', TALKS, 'several bundles are installed in their order'),
  shown('3 soft is forced', OPERATOR, 'polls until its user has confirmed'),
  shown('3 TLS with a CA of its own', 'test/journeys/lab.ts', 'makeServerCertificate'),
  shown('3 live: redirects', journey('proxies'), 'one that is sent to a mirror fetches its bundle there'),
  shown(
    '3 live: a client’s certificate',
    journey('proxies'),
    'one that shows a certificate to the server needs no token',
  ),
];

/** States at a start (§4). */
const states: readonly Scenario[] = [
  shown('4 OK', DEVICE, 'an installed update is reported as a success once the new slot has booted'),
  shown('4 INSTALLED', TALKS, 'without a boot script it installs the same action once more'),
  shown('4 live: INSTALLED', DEVICE, 'a start without a boot script says so'),
  shown('4 TESTING', journey('restart'), 'an update counts when the device has booted it and says so'),
  shown('4 FAILED', journey('restart'), 'a device that could not boot the update has rolled back'),
  shown('4 TESTING without an action', TALKS, 'with a result and no action it polls'),
  shown('4 live: TESTING and a cancel', OPERATOR, 'polls until its user has confirmed'),
  shown('4 TESTING and another action', journey('stale-results'), 'is credited to nothing'),
  shown('4 WAIT', TALKS, 'one that waits for a word polls ten times as often'),
  shown('4 a cancel of what is installed', TALKS, 'what is installed and not yet booted can be called off'),
  shown('4 a cancel that is passed over', TALKS, 'one that goes on all the same tells its true end'),
  shown('4 evidence', journey('evidence'), 'an update counts when the device has shown the new version'),
];

/** Versions (§6) and delta (§7). */
const versions: readonly Scenario[] = [
  shown('6 2026.05.1, word for word', TALKS, 'the newest SWUpdate replaces its attributes'),
  shown('6 what newer versions stream', NEEDS, '9: a file beside the .swu is kept from SWUpdate'),
  shown('7 several ranges', FILES, 'several ranges come in parts'),
  shown('7 the boundary', FILES, 'the boundary of parts is in lower case, unquoted, after one blank'),
  shown('7 the order', FILES, 'parts come in the order in which they were asked for'),
  shown('7 150 ranges', FILES, 'a hundred and fifty ranges are given at once'),
  shown('7 a .zck beside its bundle', TALKS, 'a delta beside its bundle is fetched in pieces'),
  shown('7 live', journey('proxies'), 'fetches only what it lacks of the new one'),
];

export const scenarios: readonly Scenario[] = [...breaks, ...bundles, ...conversation, ...states, ...versions];
