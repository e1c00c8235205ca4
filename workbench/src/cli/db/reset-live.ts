import { writeFitted } from '../../output/wrap.ts';
import { createInterface } from 'node:readline/promises';
import type { Removable, RemovableCounts, Pool } from '@snoop/snoopdb';
import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { wrongUse } from '../../errors.ts';
import { escapeControlCharacters } from '../../output/control-characters.ts';
import { defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { databaseFlags } from '../../command-line/flags.ts';
import { countRemovable, findRun, resetLive, SnoopDbError } from '@snoop/snoopdb';

const flags = {
  run: valueFlag('--run <ID>', 'forget a run (its id, or the beginning of it)'),
  agent: valueFlag('--agent <NAME>', "forget what an agent did until now (without a test's name)"),
  all: switchFlag('--all', 'forget everything that came until now'),
  yes: switchFlag('--yes', 'do not ask'),
  ...databaseFlags,
};

/** `snoop db reset-live`: forgets live events and what only they hit. Answers 0: forgotten; 1: the answer was no. */
export const command = defineCommand({
  name: 'snoop db reset-live',
  title: 'forget live events and what they hit',
  usage: ['snoop db reset-live --run ID | --agent NAME | --all [options]'],
  about: `
Forgetting hides at once, also what is delivered late; the rows are removed behind it. Hits that something else proves
stay.`,
  flags,
  environment: { DATABASE_URL: 'the SnoopDB to work on when no local control plane runs' },
  examples: `
snoop db reset-live --run 20261121-0305
snoop db reset-live --all --yes`,
  exitCodes: '0 done · 1 the answer was no · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const named = chooseWhat(values);
  if (values.yes !== true && process.stdin.isTTY !== true) {
    throw wrongUse('Nobody is there to be asked.', 'Add --yes to forget without a question.');
  }
  return withDatabase(context, values, { user: 'snoop db reset-live' }, async ({ pool }) => {
    const what = 'run' in named ? { run: await findWhole(pool, named.run) } : named;
    const counts = await context.progress.step('counting', () => countRemovable(pool, what));
    writeFitted(context.stderr, `${describe(what, counts)}\n`);
    if (values.yes !== true && !(await isAgreed(context.signal))) {
      context.stderr.write('Nothing was forgotten.\n');
      return 1;
    }
    const { signal } = context;
    const reset = await context.progress.step('removing what is forgotten', (update) =>
      resetLive(pool, what, { onProgress: ({ removed }) => update(`${count(removed, 'event')} removed`), signal }),
    );
    writeFitted(
      context.stdout,
      `Forgotten at ${reset.forgottenAt.toISOString()}: ${count(reset.removed, 'event')} removed, ${count(reset.hits, 'hit')} and ${count(reset.runs, 'run')} deleted.\n`,
    );
    return 0;
  });
}

function chooseWhat({ run: id, agent, all }: Given<typeof flags>['flags']): Removable {
  const given = [id !== undefined, agent !== undefined, all === true].filter(Boolean).length;
  if (given !== 1) {
    const said = given === 0 ? 'Say what is to be forgotten.' : 'Only one thing can be forgotten at a time.';
    throw wrongUse(said, 'One of: --run ID, --agent NAME, --all.');
  }
  if (id !== undefined) {
    if (id === '' || id.includes('.'))
      throw wrongUse(`'${escapeControlCharacters(id)}' is no run's id.`, 'For example: 20261121-030501-x7k2q9.');
    return { run: id };
  }
  if (agent === undefined) return { all: true };
  if (agent === '') throw wrongUse('An agent has a name.', 'For example: --agent live-test-writing.');
  const cut = agent.indexOf(' -- ');
  if (cut >= 0 && /^(live-test|e2e\.test[/ ])/.test(agent)) {
    throw wrongUse('An agent is named without its test.', `--agent '${escapeControlCharacters(agent.slice(0, cut))}'`);
  }
  return { agent };
}

/** The run's id, which may be told by its beginning; one whose run is not here, but whose requests are, by the whole of it. */
async function findWhole(pool: Pool, run: string): Promise<string> {
  try {
    return await findRun(pool, run);
  } catch (error) {
    if (!(error instanceof SnoopDbError && error.code === 'unknown_run')) throw error;
    if ((await countRemovable(pool, { run })).events > 0) return run;
    throw error;
  }
}

function describe(what: Removable, counts: RemovableCounts): string {
  const whose =
    'run' in what
      ? `of the run ${what.run}`
      : 'agent' in what
        ? `of the agent ${escapeControlCharacters(what.agent)}`
        : 'of all live work';
  const requests = counts.requests === null ? '' : ` of ${count(counts.requests, 'request')}`;
  return `To be forgotten ${whose}: ${counts.requests === null ? 'about ' : ''}${count(counts.events, 'audit event')}${requests}, ${count(counts.hits, 'hit')} at most, ${count(counts.runs, 'run')}.`;
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
}

async function isAgreed(signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question('Forget it? It cannot be brought back. [y/N] ', { signal })).trim());
  } finally {
    lines.close();
  }
}
