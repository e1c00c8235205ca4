export { readBaseline, useNearestBaseline } from './baseline.ts';
export type { Baseline, ComparedBaseline } from './baseline.ts';
export { loadClusterDocument, readClusterDocument } from './cluster-document.ts';
export type { ClusterDocument, KnownClusterDocument, LoadedClusterDocument } from './cluster-document.ts';
export { isDatabaseAway, openPool, withClient, withTransaction } from './database.ts';
export type { Pool, PoolClient, PoolOptions } from './database.ts';
export { acquireEmbeddedServer, inspectEmbeddedServer, purgeEmbeddedServer } from './embedded-server/index.ts';
export type { EmbeddedServer, EmbeddedServerState } from './embedded-server/index.ts';
export { createEndpointResolver, unresolvedReasons } from './endpoint-resolver.ts';
export type {
  EndpointResolver,
  ResolvableOperation,
  ResolvableRequest,
  Resolution,
  UnresolvedReason,
} from './endpoint-resolver.ts';
export { isSystemError, SnoopDbError, toError } from './errors.ts';
export type { SnoopDbErrorCode } from './errors.ts';
export { createEventWriter } from './event-writer.ts';
export type { EventWriter, WriteResult } from './event-writer.ts';
export { migrate, readSchemaVersion, schemaVersion } from './migrations.ts';
export { readOperations } from './openapi-document.ts';
export type { Level, Operation, ReadOperations } from './openapi-document.ts';
export { isLockFile, withLock } from './processes/lock.ts';
export type { LockHolder, LockOptions } from './processes/lock.ts';
export { endProcess, identifyProcess, isAlive, listOrphans, thisProcess } from './processes/process-identity.ts';
export type { ProcessIdentity } from './processes/process-identity.ts';
export { writeWholeFile } from './processes/whole-file.ts';
export { askArrivedEvents } from './questions/arrived-events.ts';
export type { ArrivedEvents } from './questions/arrived-events.ts';
export { askRunCoverage } from './questions/run-coverage.ts';
export type { CoverageChange } from './questions/coverage-change.ts';
export type { CoveredTest, EndpointHit, RequestNote, RunCoverage } from './questions/run-coverage.ts';
export type { RunRow as CoveredRun } from './questions/run-rows.ts';
export { askRecorded } from './questions/run-evidence.ts';
export type { AwaitedRequest } from './questions/run-evidence.ts';
export { compareReleases, normalizeRelease } from './release.ts';
export { resolveAgain } from './resolve-again.ts';
export { findRun, listRuns, saveRun } from './runs.ts';
export type {
  ListedRun,
  RequestOutcome,
  RunRecord,
  RunRequest,
  RunState,
  RunStep,
  RunTest,
  StepState,
  TestState,
} from './runs.ts';
