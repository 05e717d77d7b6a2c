/** How a client of this wire takes "download now, install later" (`update: skip` while a window is closed). */
export type WindowReading = 'waits' | 'misreads';

type Client = { readonly client: string; readonly userAgent: RegExp; readonly windows: WindowReading };

/**
 * Clients by their User-Agent; who is not here does as hawkBit says. What misreads `skip` is offered an update only when
 * it may install: SWUpdate reports a success without having installed, the others install at once.
 */
// prettier-ignore
const CLIENTS: readonly Client[] = [
  { client: 'SWUpdate',              userAgent: /^libcurl-agent\/1\.0$/,              windows: 'misreads' },
  { client: 'rauc-hawkbit-updater',  userAgent: /^rauc-hawkbit-c-agent\//,            windows: 'waits' },
  { client: 'Zephyr',                userAgent: /^$/,                                 windows: 'misreads' },
  { client: 'ESP on Arduino',        userAgent: /^ESP(32|8266)HTTPClient/,            windows: 'misreads' },
  { client: 'ESP-IDF',               userAgent: /^ESP32 HTTP Client\//,               windows: 'misreads' },
];

/** What a client makes of a closed window; one that names itself in no way writes no header at all. */
export function windowReadingOf(userAgent: string | undefined): WindowReading {
  return CLIENTS.find((one) => one.userAgent.test(userAgent ?? ''))?.windows ?? 'waits';
}
