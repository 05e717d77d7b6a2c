export { loadSettings, type Settings } from './config/configuration.ts';
export { SETTINGS } from './config/settings.ts';
export { type RunningServer, startServer } from './server.ts';
