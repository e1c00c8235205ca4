import { DataError } from '../data/load.ts';

/** Why a page has no data. */
export interface Problem {
  /** Of SnoopDB or this page; null: an error of the program. */
  readonly code: string | null;
  readonly message: string;
  /** Whether the same request may succeed later. */
  readonly mayPass: boolean;
}

/** Codes of answers that stay the same, or that cost too much to ask for again. */
const lasting: readonly string[] = [
  ...['bad_release', 'bad_query', 'not_found', 'unknown_endpoint', 'unknown_agent', 'unknown_run', 'stalled'],
];

export function toProblem(error: unknown): Problem {
  if (error instanceof DataError) {
    return { code: error.code, message: error.message, mayPass: !lasting.includes(error.code) };
  }
  return { code: null, message: `This page cannot be shown: ${String(error)}`, mayPass: false };
}
