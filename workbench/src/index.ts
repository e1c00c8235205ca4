export type { AuditedCluster } from './audited-cluster/audited-cluster.ts';
export type { RawResponse, RawRequest } from './audited-cluster/raw-request.ts';
export { SnoopError } from './errors.ts';
export { liveTest } from './live-test/live-test.ts';
export type { LiveTestFixtures } from './live-test/live-test.ts';
export { uniqueName } from './live-test/unique-name.ts';
export type { Step } from './live-test/test-recording.ts';
