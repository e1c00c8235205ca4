import type { ProgressAnswer } from '@snoop/snoopdb';
import { askDatabase } from '../../command-line/question.ts';
import type { Context } from '../../context.ts';
import type { Answer } from '../../output/answer.ts';
import type { Column } from '../../output/table.ts';
import { releaseFacts } from '../../report/asked-release.ts';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { questionEnvironment, questionFlags } from '../../command-line/flags.ts';
import { askProgress } from '@snoop/snoopdb';

export const command = defineCommand({
  name: 'snoop coverage progress',
  title: 'new endpoints, new tests and debt, release by release',
  usage: ['snoop coverage progress [options]'],
  flags: questionFlags,
  environment: questionEnvironment,
  examples: `
snoop coverage progress
snoop coverage progress --output csv > progress.csv`,
  exitCodes: '0 answered · 2 wrong use · 3 SnoopDB does not answer',
  run,
});

async function run({ flags: values }: Given<typeof questionFlags>, context: Context): Promise<number> {
  return askDatabase(
    context,
    values,
    { user: 'snoop coverage progress', releases: 'baseline' },
    async ({ pool, print }) => {
      const answer = await askProgress(pool);
      print(describeProgress(answer));
      if (answer.releases.length === 0) {
        context.progress.print("No history of conformance coverage is loaded; 'snoop load baseline' loads it.");
      } else if (answer.notLoaded.length > 0) {
        context.progress.print(`Not loaded, only in the history: ${describeNotLoaded(answer)}.`);
      }
      return 0;
    },
  );
}

/** Formats successive releases as `1.8.0 to 1.34.0`. */
function describeNotLoaded({ releases }: ProgressAnswer): string {
  const spans: { first: string; last: string }[] = [];
  let before = true;
  for (const { release, loaded } of releases) {
    const span = before ? undefined : spans.at(-1);
    if (!loaded && span !== undefined) span.last = release;
    else if (!loaded) spans.push({ first: release, last: release });
    before = loaded;
  }
  return spans.map(({ first, last }) => (first === last ? first : `${first} to ${last}`)).join(', ');
}

const columns = [
  { name: 'release' },
  { name: 'newEndpoints', title: 'new', align: 'right' },
  { name: 'newTested', title: 'with new test', align: 'right' },
  { name: 'testedByOld', title: 'with old test', align: 'right' },
  { name: 'stillUntested', title: 'still untested', align: 'right' },
  { name: 'oldTested', title: 'debt paid', align: 'right' },
  { name: 'newTests', title: 'new tests', align: 'right' },
  { name: 'total', title: 'eligible', align: 'right' },
  { name: 'totalTested', title: 'tested', align: 'right' },
  { name: 'debt', align: 'right' },
  { name: 'unknown', align: 'right' },
] as const satisfies Column[];

function describeProgress({ baseline, history, releases, notLoaded }: ProgressAnswer): Answer {
  const rows = releases.map((release) => ({ ...release }));
  const hasUnknown = releases.some(({ unknown }) => unknown > 0);
  const facts = baseline === null ? [] : releaseFacts(baseline);
  if (history !== null) facts.push(['History', `up to ${history.newestRelease}, from ${history.origin}`]);
  return {
    json: { baseline: baseline?.release ?? null, history, releases, notLoaded },
    csv: { columns: [...columns, { name: 'loaded' }], rows },
    parts:
      rows.length === 0 ? [] : [{ facts }, { table: { columns: hasUnknown ? columns : columns.slice(0, -1), rows } }],
  };
}
