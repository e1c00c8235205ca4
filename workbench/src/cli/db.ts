import type { SubCommand } from '../command-line/command.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { findNearest } from '../nearest.ts';

export const help = `snoop db: work on SnoopDB itself

Usage: snoop db psql [-c SQL ...] [-- ARGS]   psql on the database in use; where there is no psql, a small prompt of its own
       snoop db url                           print its address, with the password
       snoop db check                         prove that hits, evidence, events and the schema agree
       snoop db rebuild                       make hits so for the events that are held
       snoop db reset-live WHAT               forget live events and what they hit
       snoop db grant                         make the role snoop_workbench, for a workbench that cannot rewrite evidence
       snoop db migrate                       bring the schema to this program's version

Options:
      --database-url URL   another SnoopDB than the state folder's
      --state DIR          the state folder
  -c, --command SQL        psql: run this and end; may be given several times
      --run ID             reset-live: forget a run (its id, or the beginning of it)
      --agent NAME         reset-live: forget what an agent did until now (without a test's name)
      --all                reset-live: forget everything that came until now
      --yes                reset-live: do not ask
      --output FORMAT      check, rebuild: text (default) or json

No events are taken while a rebuild runs: a kube-apiserver sends them again for about four minutes, then they are lost.
Forgetting hides at once, also what is delivered late; the rows are removed behind it. Hits that something else proves stay.
'psql' hands the terminal over; the password goes by the environment, not on the command line.

'grant' takes the schemas' owner, and CREATEROLE unless the role is there. The role reads everything and adds runs; events, hits
and releases are not its own, and a run that is settled changes only by 'reset-live'. Safe to run again. Its password is asked
for, or taken from the environment; without one, that of the role stays.

Environment:
  SNOOP_WORKBENCH_PASSWORD   grant: the password of the role
  SNOOP_STATE                as --state
  DATABASE_URL               the SnoopDB to work on when no local control plane runs
  PATH                       where psql is looked for

Examples:
  snoop db psql
  snoop db psql -c 'select * from testing.endpoint_hit_by_new_test'
  echo 'select * from describe_relations();' | snoop db psql
  pg_dump "$(snoop db url)" > snoopdb.sql
  snoop db check
  DATABASE_URL="$(cat owner-url)" snoop db grant
  snoop db reset-live --run 20261121-0305
  snoop db reset-live --all --yes

Exit codes: 0 done, or all is right · 1 check: there are differences; reset-live: the answer was no · 2 wrong use ·
3 could not do it
`;

const commands = new Map<string, () => Promise<SubCommand>>([
  ['psql', () => import('./db/psql.ts')],
  ['url', () => import('./db/url.ts')],
  ['check', () => import('./db/check.ts')],
  ['rebuild', () => import('./db/rebuild.ts')],
  ['reset-live', () => import('./db/reset-live.ts')],
  ['grant', () => import('./db/grant.ts')],
  ['migrate', () => import('./db/migrate.ts')],
]);

/** @returns what the sub-command returns */
export async function run(args: readonly string[], context: Context): Promise<number> {
  const [word, ...rest] = args;
  const load = commands.get(word ?? '');
  if (load !== undefined) return (await load()).run(rest, context);
  const names = [...commands.keys()];
  const said = word === undefined ? 'snoop db wants to know what to do.' : `snoop db has no '${word}'.`;
  const nearest = word === undefined ? undefined : findNearest(word, names, 1)[0];
  throw wrongUse(
    said,
    nearest === undefined ? `One of: ${names.join(', ')}.` : `Did you mean 'snoop db ${nearest}'?`,
    "'snoop db --help' explains each.",
  );
}
