import type { RunOrigin } from '@snoop/snoopdb';

/** Of a run about whose program nothing is known. */
export const noOrigin: RunOrigin = {
  command: null,
  snoopVersion: null,
  nodeVersion: null,
  clientVersion: null,
  gitCommit: null,
  gitDirty: null,
};
