/** A spec of Kubernetes' e2e suite. */
export interface Spec {
  /** As in conformance.yaml: its texts, with a space between. The labels that Ginkgo adds in reports are not part of it. */
  readonly name: string;
  /** Its source file as in conformance.yaml: `test/e2e/apps/job.go`. */
  readonly file: string;
  /** Whether no other spec may run at the same time. */
  readonly isSerial: boolean;
}

/** A spec that is not run, with the reason, which follows `they`. */
export interface LeftOut {
  readonly spec: Spec;
  readonly reason: string;
}
