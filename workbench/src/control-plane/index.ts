export { describeControlPlane } from './status.ts';
export type { ControlPlaneStatus, EventsArrived, PartStatus } from './status.ts';
export { startControlPlane } from './start.ts';
export type { Started, StartOptions } from './start.ts';
export { findControlPlane } from './state.ts';
export type { ControlPlane } from './state.ts';
export { resolveStateFolder } from '../state-folder.ts';
export { stopControlPlane } from './stop.ts';
export type { StopOptions, Stopped } from './stop.ts';
