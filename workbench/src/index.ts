export type { AuditedCluster } from './audited-cluster/audited-cluster.ts';
export type { RawResponse, RawRequest } from './audited-cluster/raw-request.ts';
export { SnoopError } from './errors.ts';
export { liveTest } from './live-test/live-test.ts';
export type { LiveTestFixtures } from './live-test/live-test.ts';
export { uniqueName } from './live-test/unique-name.ts';
export type { Step } from './live-test/test-recording.ts';
export type {
  DueGap,
  Gap,
  GateAnswer,
  PendingGap,
  ProvenEndpoint,
  StaleEntry,
  Verdict,
} from './gate/answer.ts';
export type {
  ConformanceTest,
  GateDocument,
  GateEndpoint,
  GateFacts,
  GateHits,
  GateList,
  GateRules,
  HitEndpoint,
  IneligibleEntry,
  KnownFrom,
  PendingEntry,
  SourceFacts,
  SourceRole,
} from './gate/facts.ts';
export { defaultRules, judgeGate } from './gate/judge.ts';
