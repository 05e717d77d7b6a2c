/**
 * An import of `node:http` would load all that it names, `fetch` and WebSocket with it, which a server does not use: 30 ms of the
 * CPU of its start.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');
export const { createServer: createTlsServer } = process.getBuiltinModule('node:https');
