import type { DatabaseCheck, DatabaseDifference } from '@snoop/snoopdb';
import { withDatabase } from '../../cluster-choice/with-database.ts';
import type { Context } from '../../context.ts';
import { escapeControlCharacters, formatJson } from '../../output/control-characters.ts';
import { fitText, readWidth } from '../../output/wrap.ts';
import { defineCommand, type Given } from '@snoop/snoopdb/command-line';
import { databaseFlags, outputFlag } from '../../command-line/flags.ts';
import { checkDatabase } from '@snoop/snoopdb';

const flags = { output: outputFlag(['text', 'json']), ...databaseFlags };

/** `snoop db check`: proves that the database agrees with itself. Answers 0: it does; 1: it does not. */
export const command = defineCommand({
  name: 'snoop db check',
  title: 'prove that hits, evidence, events and the schema agree',
  usage: ['snoop db check [options]'],
  flags,
  environment: { DATABASE_URL: 'the SnoopDB to work on when no local control plane runs' },
  examples: 'snoop db check',
  exitCodes: '0 all is right · 1 there are differences · 2 wrong use · 3 could not do it',
  run,
});

/** Of each kind so many are listed for people; programs get all. */
const listed = 20;

async function run({ flags: values }: Given<typeof flags>, context: Context): Promise<number> {
  const format = values.output;
  return withDatabase(context, values, { user: 'snoop db check', migrate: false }, async ({ pool }) => {
    const check = await context.progress.step('checking', () => checkDatabase(pool));
    if (check.schemaNotCompared !== null) {
      context.progress.print(`The schema could not be compared with what it should be: ${check.schemaNotCompared}`);
      context.progress.print('That needs the role that owns the schemas. All else was checked.');
    }
    const width = readWidth(context.stdout);
    context.stdout.write(format === 'json' ? formatJson(check) : fitText(print(check), width));
    return check.differences.length === 0 ? 0 : 1;
  });
}

const titles: Record<DatabaseDifference['kind'], string> = {
  schema: 'The schema is not as the migrations make it',
  name: 'Endpoints of live use are not named by the baseline in use',
  'missing hit': 'Events prove these hits, and they are not there',
  'unproven hit': 'Nothing proves these hits',
  evidence: 'The evidence of settled runs is not what their events say',
  tested: 'What is kept of tested endpoints is not what the hits say',
  quota: 'Hits are counted wrong',
};

function print({ differences, others, schemaNotCompared }: DatabaseCheck): string {
  const blocks = Object.entries(titles).flatMap(([kind, title]) => {
    const found = differences.filter((one) => one.kind === kind);
    if (found.length === 0) return [];
    const more = found.length > listed ? [`  … and ${found.length - listed} more (--output json lists all)`] : [];
    return [[`${title}: ${found.length}`, ...found.slice(0, listed).map(printDifference), ...more].join('\n')];
  });
  if (others.length > 0) {
    const names = others.slice(0, listed).map(escapeControlCharacters).join(', ');
    blocks.push(`Not of this program, and left alone: ${names}${others.length > listed ? ' …' : ''}`);
  }
  if (differences.length === 0) {
    const what =
      schemaNotCompared === null ? 'hits, evidence, events, counts and schema' : 'hits, evidence, events and counts';
    blocks.unshift(`All is right: ${what} agree.`);
  } else {
    const ofSchema = differences.some((one) => one.kind === 'schema');
    const ofEvidence = differences.some((one) => one.kind === 'evidence');
    const ofHits = differences.some((one) => one.kind !== 'schema' && one.kind !== 'evidence');
    if (ofEvidence) {
      blocks.push('A settled run is never changed: do not trust its report, and run its tests again.');
    }
    if (ofHits) blocks.push("'snoop db rebuild' makes names, hits and counts so for the events that are held.");
    if (ofSchema) {
      blocks.push(
        "'snoop db migrate' brings an older schema up to date; what was changed by hand has to be changed back by hand.",
      );
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
