import type { DatabaseCheck, DatabaseDifference } from '@snoop/snoopdb';
import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { escapeControlCharacters, formatJson } from '../../output/control-characters.ts';
import { fitText, readWidth } from '../../output/wrap.ts';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { databaseEnvironment, databaseFlags, outputFlag } from '../../command-line/flags.ts';
import { checkDatabase } from '@snoop/snoopdb';

const flags = { output: outputFlag(['text', 'json']), ...databaseFlags };

export const command = defineCommand({
  name: 'snoop db check',
  title: 'check that hits, evidence, events and the schema agree',
  usage: ['snoop db check [options]'],
  flags,
  environment: databaseEnvironment,
  examples: 'snoop db check',
  exitCodes: '0 they agree · 1 they differ · 2 wrong use · 3 could not do it',
  run,
});

/** The most differences of each kind in the text; JSON has all. */
const maxListed = 20;

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const format = values.output;
  return withDatabase(context, values, { user: 'snoop db check', migrate: false }, async ({ pool }) => {
    const check = await context.progress.step('checking', () => checkDatabase(pool));
    if (check.schemaNotCompared !== null) {
      context.progress.print(`The schema was not checked: ${check.schemaNotCompared}`);
      context.progress.print('That needs the role that owns the schemas. Everything else was checked.');
    }
    const width = readWidth(context.stdout);
    context.stdout.write(format === 'json' ? formatJson(check) : fitText(print(check), width));
    return check.differences.length === 0 ? 0 : 1;
  });
}

const titles: Record<DatabaseDifference['kind'], string> = {
  schema: 'The schema differs from the migrations',
  name: 'Names of live endpoints differ from the baseline in use',
  'missing hit': 'Hits that events prove are missing',
  'unproven hit': 'Hits without proof',
  evidence: 'The evidence of settled runs differs from their events',
  tested: 'Stored tested endpoints differ from the hits',
  quota: 'Counts of hits are wrong',
};

function print({ differences, others, schemaNotCompared }: DatabaseCheck): string {
  const blocks = Object.entries(titles).flatMap(([kind, title]) => {
    const found = differences.filter((one) => one.kind === kind);
    if (found.length === 0) return [];
    const more = found.length > maxListed ? [`  … and ${found.length - maxListed} more (--output json lists all)`] : [];
    return [[`${title}: ${found.length}`, ...found.slice(0, maxListed).map(printDifference), ...more].join('\n')];
  });
  if (others.length > 0) {
    const names = others.slice(0, maxListed).map(escapeControlCharacters).join(', ');
    blocks.push(
      `Not checked, since this program did not create them: ${names}${others.length > maxListed ? ' …' : ''}`,
    );
  }
  if (differences.length === 0) {
    const what =
      schemaNotCompared === null ? 'hits, evidence, events, counts and schema' : 'hits, evidence, events and counts';
    blocks.unshift(`No differences: ${what} agree.`);
  } else {
    const kinds = new Set(differences.map(({ kind }) => kind));
    if (kinds.has('evidence')) {
      blocks.push('Settled runs are never changed: do not trust their reports, and run their tests again.');
    }
    if ([...kinds].some((kind) => kind !== 'schema' && kind !== 'evidence')) {
      blocks.push("'snoop db rebuild' recomputes names, hits and counts from the stored events.");
    }
    if (kinds.has('schema')) {
      blocks.push("'snoop db migrate' updates an older schema. Undo manual changes manually.");
    }
  }
  return `${blocks.join('\n\n')}\n`;
}

function printDifference({ what, found, wanted }: DatabaseDifference): string {
  const short = (text: string | null): string => {
    if (text === null) return 'nothing';
    const line = escapeControlCharacters(text.replace(/\s+/g, ' ').trim());
    return line.length > 160 ? `${line.slice(0, 160)} …` : line;
  };
  return `  ${escapeControlCharacters(what)}\n    is: ${short(found)}\n    should be: ${short(wanted)}`;
}
