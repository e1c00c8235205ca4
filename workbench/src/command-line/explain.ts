import { describeApiError } from '../audited-cluster/api-error.ts';
import { describeSystemError, isDatabaseAway, SnoopDbError, toError } from '@snoop/snoopdb';
import { describeError, SnoopError } from '@snoop/snoopdb/command-line';

const whereUrlsAre = 'Look at --database-url and DATABASE_URL, and at the PG… variables for what they leave out.';

/** What a person mistyped is wrong use; all else of SnoopDB could not be done. */
const mistyped: ReadonlySet<string> = new Set(['bad_database_url', 'bad_release', 'unknown_run', 'unknown_source']);

/** An error as a person wants it: what happened, then the ways out; the stack only of what nobody foresaw. */
export function explain(error: unknown): { text: string; exitCode: number } {
  if (error instanceof SnoopError) return { text: describeError(error), exitCode: error.exitCode };
  if (error instanceof SnoopDbError) {
    const text = error.code === 'bad_database_url' ? `${error.message}\n  ${whereUrlsAre}` : error.message;
    return { text, exitCode: mistyped.has(error.code) ? 2 : 3 };
  }
  const system = describeSystemError(error);
  if (system !== null) return { text: `${system}.`, exitCode: 3 };
  const { message, stack } = toError(error);
  const answer = describeApiError(error);
  if (answer !== null) return { text: `The cluster answered ${answer}`, exitCode: 3 };
  const refusal = explainRefusal(error);
  if (refusal !== null) return { text: `SnoopDB refuses: ${message}.\n  ${refusal}`, exitCode: 3 };
  if (!isDatabaseAway(error)) return { text: stack ?? message, exitCode: 3 };
  const advice = "'snoop status' says what runs here; 'snoop report' prints the report when it is back.";
  return { text: `SnoopDB is away: ${message}\n  ${advice}`, exitCode: 3 };
}

/** What PostgreSQL's answer means for a person who came with an address or a role; null: nobody foresaw it. */
function explainRefusal(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const ways: Record<string, string> = {
    '3D000': 'There is no such database at this address: look at --database-url or DATABASE_URL.',
    '28P01': 'Look at the user and password in --database-url or DATABASE_URL.',
    '28000': 'Look at the user in --database-url or DATABASE_URL.',
    '42501':
      'This needs the role that owns the schemas public, conformance and testing: name it by --database-url or DATABASE_URL. The role snoop_workbench only reads and adds runs.',
    '25006': 'This database may only be read; the command has to write.',
  };
  return ways[code] ?? null;
}
