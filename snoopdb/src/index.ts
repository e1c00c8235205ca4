export { readBaseline, useBaseline, useNearestBaseline } from './releases/baseline-in-use.ts';
export type { Baseline, ComparedBaseline } from './releases/baseline-in-use.ts';
export { loadClusterDocument, readClusterDocument } from './clusters/cluster-document.ts';
export type { ClusterDocument, KnownClusterDocument, LoadedClusterDocument } from './clusters/cluster-document.ts';
export {
  describeError,
  explainUnable,
  isDatabaseAway,
  openPool,
  withClient,
  withTransaction,
} from './postgres/database.ts';
export type { Pool, PoolClient, PoolOptions } from './postgres/database.ts';
export { acquireEmbeddedServer, inspectEmbeddedServer, purgeEmbeddedServer } from './embedded-server/index.ts';
export type { EmbeddedServer, EmbeddedServerState } from './embedded-server/index.ts';
export { chainResolvers, createEndpointResolver } from './resolver/endpoint-resolver.ts';
export type { EndpointResolver } from './resolver/endpoint-resolver.ts';
export type { ResolvableOperation } from './resolver/endpoint-trie.ts';
export { isSystemError, SnoopDbError, toError } from './errors.ts';
export type { SnoopDbErrorCode } from './errors.ts';
export { createEventWriter } from './writer/event-writer.ts';
export type { EventWriter } from './writer/event-writer.ts';
export type { WriteResult } from './writer/body-result.ts';
export { checkBody } from './events/received-body.ts';
export { saveRejectedBodies } from './writer/rejected-bodies.ts';
export type { RejectedBody } from './writer/rejected-bodies.ts';
export { isSourceName } from './clusters/source-name.ts';
export type { ExplainedStep, Explanation } from './resolver/explanation.ts';
export { defaultLiveBounds } from './live-table/bounds.ts';
export type { LiveBounds } from './live-table/bounds.ts';
export { checkDatabase } from './check/check.ts';
export type { DatabaseCheck, Difference as DatabaseDifference } from './check/check.ts';
export { readLiveFill } from './live-table/fill.ts';
export type { LiveFill } from './live-table/fill.ts';
export { keepLiveTable } from './live-table/keep.ts';
export type { KeptLiveTable } from './live-table/keep.ts';
export type { HeldPartition } from './live-table/partitions.ts';
export type { RemovalProgress } from './live-table/removal.ts';
export { rebuildDatabase } from './hits/rebuild.ts';
export type { Rebuilt } from './hits/rebuild.ts';
export { countForgettable, resetLive } from './live-table/reset.ts';
export type { Forgettable, ForgettableCounts, Reset } from './live-table/reset.ts';
export { readAuditEvents } from './audit-logs/audit-lines.ts';
export type { LoggedEvent } from './audit-logs/audit-lines.ts';
export { readJsonDocument } from './inputs/document.ts';
export { loadAuditLog } from './audit-logs/audit-log.ts';
export type { AuditLoad, LoadAuditLogOptions } from './audit-logs/audit-log.ts';
export type { LoadProgress } from './audit-logs/audit-job.ts';
export { findInputs, readInput } from './inputs/input.ts';
export type { FindOptions, LoadInput } from './inputs/input.ts';
export { listShippedReleases } from './releases/shipped-snapshot.ts';
export { loadBaseline, loadBaselineFrom } from './releases/baseline.ts';
export { loadConformanceTests } from './releases/conformance-tests.ts';
export { loadCoverage } from './releases/coverage.ts';
export type { LoadedCoverage } from './releases/coverage.ts';
export { loadIneligible, loadPending } from './releases/eligibility.ts';
export { loadHistory } from './releases/history.ts';
export type { LoadedDocument, LoadNote } from './releases/loaded-document.ts';
export { loadOpenapi } from './releases/openapi.ts';
export { requireRelease } from './releases/release-in-name.ts';
export { loadReleases } from './releases/calendar-document.ts';
export { migrate, readSchemaVersion, schemaVersion } from './postgres/migrations.ts';
export type { NearEndpoint } from './resolver/nearest-endpoints.ts';
export { readOperations } from './resolver/openapi-document.ts';
export type { Level, Operation, ReadOperations } from './resolver/openapi-document.ts';
export { isLockFile, withLock } from './processes/lock.ts';
export type { LockHolder, LockOptions } from './processes/lock.ts';
export { endProcess, identifyProcess, isAlive, listOrphans, thisProcess } from './processes/process-identity.ts';
export type { ProcessIdentity } from './processes/process-identity.ts';
export { writeWholeFile } from './processes/whole-file.ts';
export { askArrivedEvents } from './questions/arrived-events.ts';
export type { ArrivedEvents } from './questions/arrived-events.ts';
export { askRunCoverage } from './runs/run-coverage.ts';
export type { CoverageChange } from './runs/coverage-change.ts';
export type { CoveredTest, EndpointHit, RequestNote, RunCoverage } from './runs/run-coverage.ts';
export type { RunRow as CoveredRun } from './runs/run-rows.ts';
export { askRecorded } from './runs/run-evidence.ts';
export type { AwaitedRequest } from './runs/run-evidence.ts';
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
export { followEvents } from './questions/follow-events.ts';
export type { EventFollower, FollowedEvent, FollowedEvents } from './questions/follow-events.ts';
export { exportLists } from './questions/export-lists.ts';
export type { ExportedList, ExportedLists } from './questions/export-lists.ts';
export { exportRelease } from './questions/export-release.ts';
export type { ExportedRelease, PublishedRelease } from './questions/export-release.ts';
export { askHits, listAgents, listSources } from './questions/hits.ts';
export type { HitFilter, HitsAnswer, SeenAgent, UsedEndpoint } from './questions/hits.ts';
export { askProgress } from './questions/progress.ts';
export type { ProgressAnswer, ReleaseProgress } from './questions/progress.ts';
export { readyBaseline } from './questions/ready-baseline.ts';
export { findUntested } from './questions/untested-now.ts';
export { askUntested, listFilterValues } from './questions/untested.ts';
export type { UntestedAnswer, UntestedEndpoint, UntestedFilter } from './questions/untested.ts';
export { compareReleases, normalizeRelease } from './release.ts';
export type { ResolvableRequest } from './resolver/resolvable-request.ts';
export { unresolvedReasons } from './resolver/resolution.ts';
export type { Resolution, UnresolvedReason } from './resolver/resolution.ts';
export { resolveAgain } from './resolve-again/live-events.ts';
export { findRun, listRuns, saveRun } from './runs/runs.ts';
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
} from './runs/runs.ts';
export { readShippedOperations } from './releases/shipped-operations.ts';
export { loadReleaseResolver, loadSourceEndpoints, readSourceMark } from './clusters/source-endpoints.ts';
export type { SourceEndpoints, SourceMark } from './clusters/source-endpoints.ts';
