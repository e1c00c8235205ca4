import { writeFitted } from '../../output/wrap.ts';
import { createInterface } from 'node:readline/promises';
import type { Removable, RemovableCounts, Pool } from '@snoop/snoopdb';
import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { wrongUse } from '../../errors.ts';
import { escapeControlCharacters } from '../../output/control-characters.ts';
import { count } from '../../output/quantities.ts';
import { defineCommand, switchFlag, valueFlag, type Given } from '@snoop/snoopdb/command-line';
import { databaseEnvironment, databaseFlags } from '../../command-line/flags.ts';
import { countRemovable, findRun, resetLive, SnoopDbError } from '@snoop/snoopdb';

const flags = {
  run: valueFlag('--run <ID>', 'remove a run (its id or a unique prefix)'),
  agent: valueFlag('--agent <NAME>', "remove an agent's events up to now (without a test's name)"),
  all: switchFlag('--all', 'remove all live events up to now'),
  yes: switchFlag('--yes', 'do not ask'),
  ...databaseFlags,
};

export const command = defineCommand({
  name: 'snoop db reset-live',
  title: 'remove live events and their hits',
  usage: ['snoop db reset-live --run ID | --agent NAME | --all [options]'],
  about: `
The events are hidden at once, even those that arrive late; then their rows are deleted. Hits with other evidence
stay.`,
  flags,
  environment: databaseEnvironment,
  examples: `
snoop db reset-live --run 20261121-0305
snoop db reset-live --all --yes`,
  exitCodes: '0 done · 1 the answer was no · 2 wrong use · 3 could not do it',
  run,
});

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const named = chooseWhat(values);
  if (values.yes !== true && process.stdin.isTTY !== true) {
    throw wrongUse('There is no terminal to ask on.', 'Add --yes to remove without a question.');
  }
  return withDatabase(context, values, { user: 'snoop db reset-live' }, async ({ pool }) => {
    const what = 'run' in named ? { run: await findRunId(pool, named.run) } : named;
    const counts = await context.progress.step('counting', () => countRemovable(pool, what));
    writeFitted(context.stderr, `${describe(what, counts)}\n`);
    if (values.yes !== true && !(await isAgreed(context.signal))) {
      context.stderr.write('Nothing was removed.\n');
      return 1;
    }
    const { signal } = context;
    const reset = await context.progress.step('removing', (update) =>
      resetLive(pool, what, { onProgress: ({ removed }) => update(`${count(removed, 'event')} removed`), signal }),
    );
    writeFitted(
      context.stdout,
      `Reset at ${reset.forgottenAt.toISOString()}: ${count(reset.removed, 'event')}, ${count(reset.hits, 'hit')} and ${count(reset.runs, 'run')} removed.\n`,
    );
    return 0;
  });
}

function chooseWhat({ run: id, agent, all }: Given<typeof flags>['flags']): Removable {
  const given = [id !== undefined, agent !== undefined, all === true].filter(Boolean).length;
  if (given !== 1) {
    const message = given === 0 ? 'A flag is missing.' : 'Use only one of these flags.';
    throw wrongUse(message, 'One of: --run ID, --agent NAME, --all.');
  }
  if (id !== undefined) {
    if (id === '' || id.includes('.'))
      throw wrongUse(`'${escapeControlCharacters(id)}' is not a run id.`, 'For example: 20261121-030501-x7k2q9.');
    return { run: id };
  }
  if (agent === undefined) return { all: true };
  if (agent === '') throw wrongUse('--agent is empty.', 'For example: --agent live-test-writing.');
  const cut = agent.indexOf(' -- ');
  if (cut >= 0 && /^(live-test|e2e\.test[/ ])/.test(agent)) {
    throw wrongUse(
      '--agent takes an agent without its test.',
      `--agent '${escapeControlCharacters(agent.slice(0, cut))}'`,
    );
  }
  return { agent };
}

/** Finds a run's id by a prefix; by its full id, also if only its requests are stored. */
async function findRunId(pool: Pool, run: string): Promise<string> {
  try {
    return await findRun(pool, run);
  } catch (error) {
    if (!(error instanceof SnoopDbError && error.code === 'unknown_run')) throw error;
    if ((await countRemovable(pool, { run })).events > 0) return run;
    throw error;
  }
}

function describe(what: Removable, counts: RemovableCounts): string {
  const origin =
    'run' in what
      ? `Run ${what.run}`
      : 'agent' in what
        ? `Agent ${escapeControlCharacters(what.agent)}`
        : 'All live events';
  const requests = counts.requests === null ? '' : ` of ${count(counts.requests, 'request')}`;
  return `${origin}: ${counts.requests === null ? 'about ' : ''}${count(counts.events, 'audit event')}${requests}, at most ${count(counts.hits, 'hit')}, ${count(counts.runs, 'run')}.`;
}

async function isAgreed(signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question('Remove them? This cannot be undone. [y/N] ', { signal })).trim());
  } finally {
    lines.close();
  }
}
