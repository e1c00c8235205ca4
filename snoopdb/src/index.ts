export { readBaseline, useBaseline, useNearestBaseline } from './baseline.ts';
export type { Baseline, ComparedBaseline } from './baseline.ts';
export { loadClusterDocument, readClusterDocument } from './cluster-document.ts';
export type { ClusterDocument, KnownClusterDocument, LoadedClusterDocument } from './cluster-document.ts';
export { isDatabaseAway, openPool, withClient, withTransaction } from './database.ts';
export type { Pool, PoolClient, PoolOptions } from './database.ts';
export { acquireEmbeddedServer, inspectEmbeddedServer, purgeEmbeddedServer } from './embedded-server/index.ts';
export type { EmbeddedServer, EmbeddedServerState } from './embedded-server/index.ts';
export { chainResolvers, createEndpointResolver } from './endpoint-resolver.ts';
export type { EndpointResolver } from './endpoint-resolver.ts';
export type { ResolvableOperation } from './endpoint-trie.ts';
export { isSystemError, SnoopDbError, toError } from './errors.ts';
export type { SnoopDbErrorCode } from './errors.ts';
export { createEventWriter } from './event-writer.ts';
export type { EventWriter, WriteResult } from './event-writer.ts';
export type { ExplainedStep, Explanation } from './explanation.ts';
export { defaultLiveBounds } from './live-table/bounds.ts';
export type { LiveBounds } from './live-table/bounds.ts';
export { checkDatabase } from './live-table/check.ts';
export type { DatabaseCheck, Difference as DatabaseDifference } from './live-table/check.ts';
export { readLiveFill } from './live-table/fill.ts';
export type { LiveFill } from './live-table/fill.ts';
export { keepLiveTable } from './live-table/keep.ts';
export type { KeptLiveTable } from './live-table/keep.ts';
export type { HeldPartition } from './live-table/partitions.ts';
export type { RemovalProgress } from './live-table/removal.ts';
export { rebuildDatabase } from './live-table/rebuild.ts';
export type { Rebuilt } from './live-table/rebuild.ts';
export { countForgettable, resetLive } from './live-table/reset.ts';
export type { Forgettable, ForgettableCounts, Reset } from './live-table/reset.ts';
export { readAuditEvents } from './load/audit-lines.ts';
export type { LoggedEvent } from './load/audit-lines.ts';
export { readJsonDocument } from './load/document.ts';
export { loadAuditLog } from './load/audit-log.ts';
export type { AuditLoad, LoadAuditLogOptions } from './load/audit-log.ts';
export type { LoadProgress } from './load/audit-job.ts';
export { findInputs, readInput } from './load/input.ts';
export type { FindOptions, LoadInput } from './load/input.ts';
export { listShippedReleases } from './baseline-snapshot.ts';
export { loadBaseline, loadBaselineFrom } from './load/baseline.ts';
export { loadConformanceTests } from './load/conformance-tests.ts';
export { loadCoverage } from './load/coverage.ts';
export type { LoadedCoverage } from './load/coverage.ts';
export { loadIneligible, loadPending } from './load/eligibility.ts';
export { loadHistory } from './load/history.ts';
export type { LoadedDocument, LoadNote } from './load/loaded-document.ts';
export { loadOpenapi } from './load/openapi.ts';
export { requireRelease } from './load/release-in-name.ts';
export { loadReleases } from './load/releases.ts';
export { migrate, readSchemaVersion, schemaVersion } from './migrations.ts';
export type { NearEndpoint } from './nearest-endpoints.ts';
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
export { findAskedRelease, listLoadedReleases } from './questions/asked-release.ts';
export type { AskedRelease } from './questions/asked-release.ts';
export { askCoverage } from './questions/coverage.ts';
export type { CoverageAnswer, CoverageFigures, CoverageLine } from './questions/coverage.ts';
export { readFileDataSet, readReleaseDataSet } from './questions/data-set.ts';
export type { CoveredEndpoint, DataSet } from './questions/data-set.ts';
export { compareDataSets } from './questions/difference.ts';
export type { CoverageShift, Difference, OneSidedEndpoint, SingleTest } from './questions/difference.ts';
export { findEndpointName, listEndpointNames } from './questions/endpoint-names.ts';
export type { NamedEndpoint } from './questions/endpoint-names.ts';
export { askEndpoint } from './questions/endpoint.ts';
export type { EndpointAnswer, HittingAgent, HittingTest, SampleRequest } from './questions/endpoint.ts';
export { exportLists } from './questions/export-lists.ts';
export type { ExportedList, ExportedLists } from './questions/export-lists.ts';
export { exportRelease } from './questions/export-release.ts';
export type { ExportedRelease, PublishedRelease } from './questions/export-release.ts';
export { askHits, listAgents, listSources } from './questions/hits.ts';
export type { HitFilter, HitsAnswer, SeenAgent, UsedEndpoint } from './questions/hits.ts';
export { askProgress } from './questions/progress.ts';
export type { ProgressAnswer, ReleaseProgress } from './questions/progress.ts';
export { readyBaseline } from './questions/ready-baseline.ts';
export { askUntested, listFilterValues } from './questions/untested.ts';
export type { UntestedAnswer, UntestedEndpoint, UntestedFilter } from './questions/untested.ts';
export { compareReleases, normalizeRelease } from './release.ts';
export type { ResolvableRequest } from './resolvable-request.ts';
export { unresolvedReasons } from './resolution.ts';
export type { Resolution, UnresolvedReason } from './resolution.ts';
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
export { readShippedOperations } from './shipped-operations.ts';
export { loadReleaseResolver, loadSourceEndpoints, readSourceMark } from './source-endpoints.ts';
export type { SourceEndpoints, SourceMark } from './source-endpoints.ts';
