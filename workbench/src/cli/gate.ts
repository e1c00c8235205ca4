import { defineCommand, didYouMean, findNearest, type Given } from '@snoop/snoopdb/command-line';
import { withDatabase } from '../cluster-choice/with-database.ts';
import { databaseEnvironment, reportEnvironment } from '../command-line/flags.ts';
import { chooseOutputs, writeOutputs } from '../command-line/outputs.ts';
import type { Context } from '../context.ts';
import { wrongUse } from '../errors.ts';
import { judgeGate } from '../gate/judge.ts';
import { type GateFormat, gateFormats } from '../gate/output/formats.ts';
import { printGithub, printJobSummary } from '../gate/output/github.ts';
import { printGate } from '../gate/output/print.ts';
import { readGateFacts } from '../gate/sources/gate-facts.ts';
import { createRules, gateFlags, nameSources, refuseFlagsOfHits } from './gate/flags.ts';
import { command as job } from './gate/job.ts';
import { createPlaces } from './gate/repository-places.ts';

export const command = defineCommand({
  name: 'snoop gate',
  title: 'which new endpoints have no conformance test',
  usage: [
    'snoop gate --repo DIR [--hits SOURCE] [options]',
    'snoop gate --openapi FILE --previous WHAT [lists] [options]',
    'snoop gate job --for SYSTEM [options]  print it as a job',
  ],
  about: `
Finds every endpoint that is stable, new against the previous document, eligible, and hit by no conformance test. Needs no
cluster and no database. An endpoint is missing if a whole run of this commit does not hit it, and not yet proven if there
was no such run. Sources that are broken, cut, too old or of another release are exit 3, never 0.
Without --repo, give both documents and the three lists; with --group, lists are optional.`,
  flags: gateFlags,
  words: '[command]',
  commands: [job],
  environment: { ...databaseEnvironment, ...reportEnvironment, NO_COLOR: 'no colours' },
  examples: `
snoop gate --openapi api/openapi-spec/swagger.json --previous v1.36.0 \\
  --conformance test/conformance/testdata/conformance.yaml \\
  --ineligible test/conformance/testdata/ineligible_endpoints.yaml \\
  --pending test/conformance/testdata/pending_eligible_endpoints.yaml \\
  --hits coverage.json
snoop gate --repo . --hits audit.log
snoop gate --repo . --output junit=gate.xml --output sarif=gate.sarif
snoop gate --repo . --hits coverage.json --debt --level stable,beta
snoop gate --openapi config/crd --previous main --group example.com \\
  --hits audit.log`,
  exitCodes: '0 nothing missing · 1 missing or not yet proven, or stale entries fail · 2 wrong use · 3 cannot tell',
  run,
});

async function run({ flags: values, named, words }: Given<typeof gateFlags>, context: Context): Promise<number> {
  refuseWords(words);
  refuseFlagsOfHits(values, named);
  const outputs = chooseOutputs(values.output, gateFormats, context);
  const rules = createRules(values);
  const facts = await readGateFacts({
    ...pickContext(context),
    ...nameSources(values),
    withPool: (work) => withDatabase(context, values, { user: 'snoop gate' }, ({ pool }) => work(pool)),
  });
  const answer = judgeGate(facts, rules);
  const places = createPlaces(answer, context, values.repo);
  const result = {
    print: (format: GateFormat, color: boolean, width: number | null) =>
      printGate(answer, format, places, { color, width }),
    printGithub: () => printGithub(answer, places),
    printJobSummary: (maxBytes: number) => printJobSummary(answer, maxBytes),
  };
  writeOutputs(context, result, outputs);
  return answer.exitCode;
}

function pickContext({ cwd, progress, signal, environment }: Context) {
  return { cwd, progress, signal, stdin: process.stdin, env: environment.forPrograms };
}

function refuseWords([word]: readonly string[]): void {
  if (word === undefined) return;
  throw wrongUse(
    `snoop gate takes no '${word}'.`,
    didYouMean(findNearest(word, ['job'], 1).map((name) => `snoop gate ${name}`)) ||
      `Name the document with a flag: --openapi ${word}`,
    "See 'snoop gate --help'.",
  );
}
