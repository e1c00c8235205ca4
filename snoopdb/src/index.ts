export type { LoadProgress } from './audit-logs/audit-job.ts';
export { readAuditEvents } from './audit-logs/audit-lines.ts';
export type { LoggedEvent } from './audit-logs/envelopes/logged-event.ts';
export { expectedLog, ShapeCounts } from './audit-logs/envelopes/shape-counts.ts';
export type { ShapeCount } from './audit-logs/envelopes/shape-counts.ts';
export { loadAuditLog, type AuditLoad, type LoadAuditLogOptions } from './audit-logs/audit-log.ts';
export { openLogArchive } from './audit-logs/log-archive.ts';
export { selectAuditLogs } from './audit-logs/log-names.ts';
export { findReleaseInLogs } from './audit-logs/release-in-logs.ts';
export { readCertificates, splitCertificates } from './certificates.ts';
export { checkDatabase, type DatabaseCheck, type Difference as DatabaseDifference } from './check/check.ts';
export { loadClusterDocument, readClusterDocument } from './clusters/cluster-document.ts';
export { readBaselineOperations, readClusterOperations } from './clusters/live-names.ts';
export { loadReleaseResolver, loadSourceEndpoints, readSourceVersion } from './clusters/source-endpoints.ts';
export type { SourceVersion } from './clusters/source-endpoints.ts';
export { isSourceName } from './clusters/source-name.ts';
export { withDeadline, waitAtMost } from './deadline.ts';
export {
  acquireEmbeddedServer,
  hasEmbeddedDatabase,
  inspectEmbeddedServer,
  purgeEmbeddedServer,
  purgeUnusedServer,
} from './embedded-server/index.ts';
export type { EmbeddedServer, EmbeddedServerState } from './embedded-server/index.ts';
export { isSystemError, SnoopDbError, toError } from './errors.ts';
export { type AgentFacts, readAgentFacts } from './events/agent-facts.ts';
export { createAgentReader } from './events/agent-reader.ts';
export { type AuditEvent, interpretEvent } from './events/audit-event.ts';
export { checkBody } from './events/received-body.ts';
export {
  type Agent,
  createTestFinder,
  isConformanceTest,
  readAgent,
  resemblesTestAgent,
} from './events/test-agent.ts';
export { rebuildDatabase } from './hits/rebuild.ts';
export { defaultSourceLimits, type SourceLimits } from './hits/source-limits.ts';
export { parseBoundedJson, readJsonDocument } from './inputs/document.ts';
export { findRepeatedKey } from './inputs/repeated-key.ts';
export type { Archive } from './inputs/archive.ts';
export { findInputs, type FindOptions, type LoadInput, readInput } from './inputs/input.ts';
export { recognizeTar } from './inputs/recognize-tar.ts';
export { readRegularFile } from './inputs/named-file.ts';
export { createFolders } from './create-folders.ts';
export { defaultLiveBounds, type LiveBounds } from './live-table/bounds.ts';
export { readLiveFill, type LiveFill } from './live-table/fill.ts';
export { runLiveTableUpkeep } from './live-table/upkeep.ts';
export type { HeldPartition } from './live-table/partitions.ts';
export type { RemovalProgress } from './live-table/removal.ts';
export { countRemovable, resetLive, type Removable, type RemovableCounts } from './live-table/reset.ts';
export { withUpkeepLock } from './live-table/upkeep-lock.ts';
export { isLoopback } from './loopback.ts';
export { readDatabaseAddress, type DatabaseAddress } from './postgres/address.ts';
export {
  describeError,
  explainDatabaseProblem,
  findDatabaseProblem,
  isDatabaseAway,
  openPool,
  withClient,
  withPool,
  withTransaction,
} from './postgres/database.ts';
export type { Pool, PoolClient, DatabaseProblem } from './postgres/database.ts';
export { migrate, readSchemaVersion, schemaVersion } from './postgres/migrations.ts';
export { grantWorkbenchRole } from './postgres/workbench-role.ts';
export { isLockFile, withLock } from './processes/lock.ts';
export {
  endProcess,
  waitForExit,
  identifyProcess,
  isAlive,
  listOrphans,
  signalProcess,
  thisProcess,
} from './processes/process-identity.ts';
export type { ProcessIdentity } from './processes/process-identity.ts';
export { ProgramNotFoundError, readProgramOutput, runInTerminal, runProgram } from './processes/run-program.ts';
export type { ProgramResult, ProgramOptions } from './processes/run-program.ts';
export { writeFileAtomically } from './processes/atomic-file.ts';
export {
  findObjectPath,
  formatKindReferenceUrl,
  formatReferencePage,
  type ReferencedKind,
} from './questions/api-reference.ts';
export { askArrivedEvents } from './questions/arrived-events.ts';
export { askArrivedRequests, readEventPosition, type ArrivedRequest } from './questions/arrived-requests.ts';
export { askDatabaseState, holdsOwnData, readDatabaseClock, type DatabaseState } from './questions/database-state.ts';
export { findAskedRelease, listLoadedReleases, type AskedRelease } from './questions/asked-release.ts';
export { askCoverage, type CoverageAnswer, type CoverageFigures } from './questions/coverage.ts';
export {
  createDataSet,
  readFileDataSet,
  readReleaseDataSet,
  type CoveredEndpoint,
  type DataSet,
} from './questions/data-set.ts';
export { compareDataSets, type CoverageShift, type Difference, type SingleTest } from './questions/difference.ts';
export type { IgnoredLoss } from './questions/ignored-losses.ts';
export type { RenamedTest } from './questions/renamed-tests.ts';
export { findRegressions, type Loss, type Regressions, type UnknownRegressions } from './questions/regressions.ts';
export { askEndpointHistories, type EndpointHistories, type EndpointState } from './questions/endpoint-histories.ts';
export { findEndpointName, listEndpointNames } from './questions/endpoint-names.ts';
export { askEndpoint, type EndpointAnswer, type HittingTest } from './questions/endpoint.ts';
export {
  findEndpointsOfKind,
  findEndpointsOfRequest,
  listKinds,
  listKnownEndpoints,
  type FoundEndpoint,
  type KnownEndpoint,
} from './questions/find-endpoints.ts';
export { exportLists, type ExportedList } from './questions/export-lists.ts';
export { exportRelease, type ExportedRelease, type PublishedRelease } from './questions/export-release.ts';
export { createEventFollower } from './questions/follow-events.ts';
export type { EventFollower, FollowedEvent, FollowedEvents } from './questions/follow-events.ts';
export {
  askHits,
  findAgentOrigins,
  listAgents,
  listSources,
  type AgentOrigins,
  type HitsAnswer,
  type SeenAgent,
} from './questions/hits.ts';
export {
  askReleaseDocument,
  type DocumentedEndpoint,
  type DocumentedOperation,
  type DocumentedTest,
  type ReleaseDocument,
} from './questions/release-document.ts';
export { askReleaseLists, type AbsentEntry, type ReleaseList, type ReleaseLists } from './questions/release-lists.ts';
export { askReleaseTable, type ReleaseTable, type TableEndpoint } from './questions/release-table.ts';
export {
  askProgress,
  listProgressEndpoints,
  type ProgressAnswer,
  type ProgressEndpoint,
} from './questions/progress.ts';
export {
  askProvenHits,
  type LiveProvenEndpoint,
  type ProvenEndpoint,
  type ProvenHits,
  type ProvenSource,
} from './questions/proven-hits.ts';
export { askTestRequests, type TestRequest, type TestRequestsAnswer } from './questions/test-requests.ts';
export { findUntested } from './questions/untested-now.ts';
export {
  askMarks,
  countRejectedSince,
  countWindowEvents,
  type MarkEvent,
  readWindowEvents,
  readWindowHits,
  type SourceWindow,
  type WindowHits,
  type Windows,
} from './questions/window.ts';
export {
  compareReleases,
  isSameMinor,
  normalizeRelease,
  pickNearestRelease,
  readRelease,
  splitRelease,
} from './release.ts';
export { askUntested, listFilterValues } from './questions/untested.ts';
export type { UntestedAnswer, UntestedEndpoint, UntestedFilter } from './questions/untested.ts';
export { readBaseline, useBaseline, useNearestBaseline } from './releases/baseline-in-use.ts';
export type { Baseline, ComparedBaseline } from './releases/baseline-in-use.ts';
export { loadBaseline, loadBaselineFrom } from './releases/baseline.ts';
export { loadReleases } from './releases/calendar-document.ts';
export { loadConformanceTests } from './releases/conformance-tests.ts';
export { type CoverageDocument, inferMethod, readCoverage } from './releases/coverage-document.ts';
export { loadCoverage, type LoadedCoverage } from './releases/coverage.ts';
export { loadIneligible, loadPending } from './releases/eligibility.ts';
export { loadHistory } from './releases/history.ts';
export type { LoadedDocument, LoadNote } from './releases/loaded-document.ts';
export { loadOpenapi } from './releases/openapi.ts';
export { loadNeededReleases, type RequestedReleases } from './releases/needed-releases.ts';
export { findContradiction } from './releases/published-coverage.ts';
export { findReleaseInName, requireRelease } from './releases/release-in-name.ts';
export { digestShippedData } from './releases/shipped-data.ts';
export {
  listCalendarReleases,
  readShippedEndpoints,
  type ShippedEndpoint,
} from './releases/shipped-eligibility.ts';
export { findShippedFirstReleases } from './releases/shipped-first-releases.ts';
export { readShippedOperations } from './releases/shipped-operations.ts';
export { type HistorySnapshot, readHistory } from './releases/shipped-history.ts';
export { readPromotion } from './releases/promotion.ts';
export { type BaselineSnapshot, listShippedReleases, readShippedRelease } from './releases/shipped-snapshot.ts';
export { awaitsResolution, resolveAgain } from './resolve-again/live-events.ts';
export { dropDuplicates, identifyEndpoint, nameEndpoints } from './resolver/endpoint-names.ts';
export { chainResolvers, createEndpointResolver, type EndpointResolver } from './resolver/endpoint-resolver.ts';
export type { ResolvableOperation } from './resolver/endpoint-trie.ts';
export type { Explanation } from './resolver/explanation.ts';
export type { NearEndpoint } from './resolver/nearest-endpoints.ts';
export { readOperations, type Operation, type ReadOperations } from './resolver/openapi-document.ts';
export { unresolvedReasons, type Resolution } from './resolver/resolution.ts';
export type { ResolvableRequest } from './resolver/resolvable-request.ts';
export { isEligible, judgeEligibility, type IneligibleReason, type JudgedEligibility } from './rules/eligibility.ts';
export { findFirstReleases, type KnownRelease, type StableHistory } from './rules/first-release.ts';
export { isSuccess } from './rules/hit.ts';
export { type Level, levels } from './rules/level.ts';
export { withAuditRunLock } from './runs/audit-run-lock.ts';
export type { CountedChange, CoverageChange } from './runs/coverage-change.ts';
export { askRunCoverage } from './runs/run-coverage.ts';
export { type AgentWindow, askAgentCoverage } from './runs/agent-coverage.ts';
export type { CoveredTest, EventWindow, RequestNote, RunClient, RunCoverage } from './runs/run-coverage.ts';
export type { EndpointHit } from './runs/endpoint-hits.ts';
export type { AgentHits, IndirectChange } from './runs/side-hits.ts';
export { removeRun } from './runs/remove-run.ts';
export { workbenchRole } from './rights/relation-rights.ts';
export { askRecorded, askRunSources, settleRun } from './runs/run-evidence.ts';
export type { RunRow as CoveredRun } from './runs/run-rows.ts';
export { findRun } from './runs/find-run.ts';
export { listRuns, type ListedRun } from './runs/list-runs.ts';
export { compareRuns, type EndpointChange, type RunDifference, type TestChange } from './runs/run-difference.ts';
export { askRunTimeline, type RunTimeline, type TimelineRequest } from './runs/run-timeline.ts';
export { exportRun, importRun } from './runs/exchange-run.ts';
export { checkDigestedDocument, computeDigest, type DocumentKind } from './runs/digested-document.ts';
export {
  checkRunDocument,
  type DocumentBody,
  type DocumentEndpoint,
  type DocumentEvent,
  type DocumentFile,
  type DocumentRequest,
  type DocumentRun,
  type DocumentStep,
  type DocumentTest,
  type RunDocument,
} from './runs/run-document.ts';
export { type BaselineDifference, compareDocumentBaseline } from './runs/document-baseline.ts';
export { computeDocumentCoverage } from './runs/document-coverage.ts';
export { maxTestOutputCharacters } from './runs/run-record.ts';
export type {
  RunBody,
  RunError,
  RunFile,
  RunOrigin,
  RunRecord,
  RunRequest,
  RunStep,
  RunTest,
  SourceProbe,
  StepState,
  TestState,
} from './runs/run-record.ts';
export { saveRun, saveRunBodies } from './runs/save-run.ts';
export { describeSystemError, explainSystemError } from './system-error.ts';
export { findBestOutcome, tryOutcomes, type TryOutcome, type OutcomeCounts } from './runs/try-outcome.ts';
export type { WriteResult } from './writer/body-result.ts';
export { createEventWriter, type EventWriter } from './writer/event-writer.ts';
export { createTooManySourcesError } from './writer/named-sources.ts';
export { saveRejectedBodies, type RejectedBody } from './writer/rejected-bodies.ts';
