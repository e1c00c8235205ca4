import { ConformanceError } from '@snoop/conformance';
import { describeApiError } from '../audited-cluster/api-error.ts';
import { describeSystemError, isDatabaseAway, SnoopDbError, toError } from '@snoop/snoopdb';
import { describeError, SnoopError } from '@snoop/snoopdb/command-line';

const urlAdvice = 'Check --database-url and DATABASE_URL, and the PG… variables for what they leave out.';

/** Codes of SnoopDbError that exit with 2; the others exit with 3. */
const wrongUseCodes: ReadonlySet<string> = new Set([
  'bad_database_url',
  'bad_release',
  'no_events',
  'too_many_events',
  'unknown_run',
  'unknown_source',
]);

/** Formats an error for people: what happened and what to do, or the stack of an unexpected error. */
export function explain(error: unknown): { text: string; exitCode: number } {
  if (error instanceof SnoopError) return { text: describeError(error), exitCode: error.exitCode };
  if (error instanceof SnoopDbError) {
    const text = error.code === 'bad_database_url' ? `${error.message}\n  ${urlAdvice}` : error.message;
    return { text, exitCode: wrongUseCodes.has(error.code) ? 2 : 3 };
  }
  if (error instanceof ConformanceError) return { text: error.message, exitCode: 3 };
  const system = describeSystemError(error);
  if (system !== null) return { text: `${system}.`, exitCode: 3 };
  const { message, stack } = toError(error);
  const answer = describeApiError(error);
  if (answer !== null) return { text: `The cluster answered ${answer}`, exitCode: 3 };
  const refusal = explainRefusal(error);
  if (refusal !== null) return { text: `SnoopDB refuses: ${message}.\n  ${refusal}`, exitCode: 3 };
  if (!isDatabaseAway(error)) return { text: stack ?? message, exitCode: 3 };
  const advice = "'snoop status' shows what runs here; 'snoop report' prints the report when SnoopDB is back.";
  return { text: `SnoopDB is away: ${message}\n  ${advice}`, exitCode: 3 };
}

/** Advice for errors of PostgreSQL that a wrong address or role causes; null: another error. */
function explainRefusal(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const advice: Record<string, string> = {
    '3D000': 'The server has no such database: check --database-url or DATABASE_URL.',
    '28P01': 'Check the user and password in --database-url or DATABASE_URL.',
    '28000': 'Check the user in --database-url or DATABASE_URL.',
    '42501':
      'This needs the role that owns the schemas public, conformance and testing: use it in --database-url or DATABASE_URL. The role snoop_workbench only reads and adds runs.',
    '25006': 'This database is read-only, and the command writes.',
  };
  return advice[code] ?? null;
}
