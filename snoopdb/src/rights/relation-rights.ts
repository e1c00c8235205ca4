/** Role of a workbench that must not be able to change evidence: it reads everything and adds runs. */
export const workbenchRole = 'snoop_workbench';

export type Right = 'select' | 'insert' | 'update' | 'delete';

const read = ['select'] as const;
const add = ['select', 'insert', 'update'] as const;
const nothing: readonly Right[] = [];

/**
 * Rights of {@link workbenchRole} in each relation of SnoopDB; a test compares the list with the catalog. The role deletes
 * nothing: only the owner removes a run, with its events and hits.
 *
 * `add` is for runs, which are saved repeatedly until they are settled (triggers refuse changes from then on), and for the
 * documents of clusters.
 */
export const relationRights: Readonly<Record<string, readonly Right[]>> = {
  'conformance.coverage_per_release': read,
  'conformance.eligible_endpoint': read,
  'conformance.eligible_endpoint_coverage': read,
  'conformance.eligible_endpoint_test': read,
  'conformance.endpoint_eligibility': read,
  'conformance.endpoint_history': read,
  'conformance.endpoint_history_test': read,
  'conformance.first_stable_release': read,
  'conformance.history_data': read,
  'conformance.ineligible_endpoint': read,
  'conformance.known_release': read,
  'conformance.list': read,
  'conformance.listed_ineligible': read,
  'conformance.listed_pending': read,
  'conformance.listed_test': read,
  'conformance.new_endpoint': read,
  'conformance.pending_eligible_endpoint': read,
  'conformance.progress': read,
  'conformance.test': read,
  'public.audit_event': read,
  'public.audit_event_test': read,
  'public.baseline': read,
  'public.covered_release': read,
  'public.endpoint_coverage': read,
  'public.endpoint_hit': read,
  'public.endpoint_tested': read,
  'public.loaded_file': read,
  'public.open_api': read,
  'public.published_level': read,
  'public.rejected_event': read,
  'public.release_calendar': read,
  'public.release_data': read,
  'public.snoopdb_migration': read,
  'public.unknown_coverage': read,
  'testing.audit_event': read,
  'testing.baseline_endpoint': read,
  'testing.body_ledger': read,
  'testing.cluster': add,
  'testing.cluster_endpoint': add,
  'testing.dropped_partition_request': read,
  'testing.dropped_request': read,
  'testing.endpoint_hit': read,
  'testing.endpoint_hit_by_new_test': read,
  'testing.epoch': read,
  'testing.forgotten': read,
  'testing.held_event': read,
  'testing.held_partition': read,
  'testing.held_rejection': read,
  'testing.hit_quota': read,
  'testing.identified_hit': read,
  'testing.live_upkeep': read,
  'testing.named_source': read,
  'testing.projected_change_in_coverage': read,
  'testing.rejected_body': read,
  'testing.rejected_event': read,
  'testing.run': add,
  'testing.run_baseline': read,
  'testing.run_body': add,
  'testing.run_change_in_coverage': read,
  'testing.run_coverage_before': read,
  'testing.run_endpoint': read,
  'testing.run_error': add,
  'testing.run_evidence': read,
  'testing.run_file': add,
  'testing.run_other_event': read,
  'testing.run_request': add,
  'testing.run_step': add,
  'testing.run_test': add,
  'testing.source_file': add,
  'testing.untested_stable_endpoint': read,
  // Sequences: only the owner assigns ids of events and files. That of held events tells how many arrived.
  'public.audit_event_id': nothing,
  'public.loaded_file_id_seq': nothing,
  'public.rejected_event_id_seq': nothing,
  'testing.forgotten_id_seq': nothing,
  'testing.held_event_id': read,
  'testing.held_rejection_id_seq': nothing,
};

/** Columns that only the owner writes, in relations with right `add`. */
export const ownerColumns: Readonly<Record<string, readonly string[]>> = {
  'testing.run': ['settled_at', 'imported_at'],
};

/** Columns set when a row is added, which only the owner may change: hits are counted by these labels. */
export const fixedColumns: Readonly<Record<string, readonly string[]>> = {
  'testing.cluster_endpoint': ['source', 'endpoint', 'method', 'path'],
};

/** Functions that run with their owner's rights (security definer) and that the role may call. */
export const ownerFunctions: readonly string[] = [
  'testing.import_run(jsonb)',
  'testing.resolve_heads(text)',
  'testing.settle_run(text)',
];
