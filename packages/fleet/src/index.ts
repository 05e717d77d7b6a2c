export { BEHAVIOURS, type Behaviour } from './behaviour.ts';
export { realClock, type Clock } from './clock.ts';
export type { Activity, ClientSettings, DeviceSetup } from './device.ts';
export { startFleet, type Fleet, type FleetOptions } from './fleet.ts';
export { Latencies, type LatencySummary } from './latencies.ts';
export { Program } from './program.ts';
export { startServerProcess, type ServerProcess, type ServerProcessOptions } from './server-process.ts';
export type { FleetSummary, RequestKind, UpdateEnding } from './statistics.ts';
export { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts';
