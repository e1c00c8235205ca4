import type { DocumentStep, DocumentTest, RunDocument } from '@snoop/snoopdb';
import { formatName } from './blocks.ts';

/** The steps of all tests, numbered. */
export function writeOutline(runs: readonly RunDocument[]): string {
  const tests = runs.flatMap((run) => run.tests.map((test) => ({ test, steps: listSteps(run, test) })));
  const [only] = tests.length === 1 ? tests : [];
  const parts = only
    ? [formatSteps(only.steps)]
    : tests.flatMap(({ test, steps }) => [`### ${formatName(test.name)}`, formatSteps(steps)]);
  return ['## Test outline', ...parts].join('\n\n');
}

/** The steps of a test's last try, in order. */
export function listSteps({ steps }: RunDocument, { test, tries }: DocumentTest): DocumentStep[] {
  return steps.filter((step) => step.test === test && step.try === tries).sort((a, b) => a.step - b.step);
}

/** A step within another has its name in front, and is listed below it. */
function formatSteps(steps: readonly DocumentStep[]): string {
  if (steps.length === 0) return 'The test has no steps.';
  const numbers = [0];
  const open: string[] = [];
  return steps
    .map(({ name, state }) => {
      while (open.length > 0 && !name.startsWith(`${open.at(-1)} > `)) open.pop();
      const outer = open.at(-1);
      const own = outer === undefined ? name : name.slice(outer.length + 3);
      const depth = open.length;
      open.push(name);
      numbers.length = depth + 1;
      const number = (numbers[depth] ?? 0) + 1;
      numbers[depth] = number;
      return `${'   '.repeat(depth)}${number}. ${formatName(own)}${describeState(state)}`;
    })
    .join('\n');
}

function describeState(state: string): string {
  if (state === 'outlined') return ' (*to be written*)';
  return state === 'passed' ? '' : ` (*${state === 'running' ? 'did not end' : state}*)`;
}
