import type { RunDocument } from '@snoop/snoopdb';
import type { Finding } from '../lint/finding.ts';

/** What is reviewed: the runs of a ticket, or one exported run. */
export interface ReviewInput {
  /** Name of the file, or the URL without its query; it appears in public. */
  readonly name: string;
  readonly runs: readonly RunDocument[];
  readonly findings: readonly Finding[];
}
