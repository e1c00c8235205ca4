import type { DocumentStep, DocumentTest, RunDocument } from '@snoop/snoopdb';
import { count, formatCode, formatName } from './blocks.ts';

const maxRequests = 50;

/** The steps of all tests that ran, numbered; of a test without steps, what it requested. */
export function writeOutline(runs: readonly RunDocument[]): string {
  const tests = runs.flatMap((run) =>
    run.tests.flatMap((test) => {
      if (test.state === 'skipped') return [];
      const steps = listSteps(run, test);
      return [{ name: test.name, outline: steps.length > 0 ? formatSteps(steps) : formatRequests(run, test) }];
    }),
  );
  if (tests.length === 0) return '## Test outline\n\nNo test ran.';
  const parts =
    tests.length === 1
      ? tests.map(({ outline }) => outline)
      : tests.flatMap(({ name, outline }) => [`### ${formatName(name)}`, outline]);
  return ['## Test outline', ...parts].join('\n\n');
}

/** The steps of a test's last try, in order. */
function listSteps({ steps }: RunDocument, { test, tries }: DocumentTest): DocumentStep[] {
  return steps.filter((step) => step.test === test && step.try === tries).sort((a, b) => a.step - b.step);
}

/** A step within another has its name in front, and is listed below it. */
function formatSteps(steps: readonly DocumentStep[]): string {
  const numbers: number[] = [];
  const open: string[] = [];
  return steps
    .map(({ name, state }) => {
      while (open.length > 0 && !name.startsWith(`${open.at(-1)} > `)) open.pop();
      const outer = open.at(-1);
      const depth = open.length;
      open.push(name);
      numbers.length = depth + 1;
      const number = (numbers[depth] ?? 0) + 1;
      numbers[depth] = number;
      const own = outer === undefined ? name : name.slice(outer.length + ' > '.length);
      return `${'   '.repeat(depth)}${number}. ${formatName(own)}${describeState(state)}`;
    })
    .join('\n');
}

function describeState(state: DocumentStep['state']): string {
  if (state === 'passed') return '';
  if (state === 'outlined') return ' (*to be written*)';
  return ` (*${state === 'running' ? 'did not end' : state}*)`;
}

/** The endpoints that a test requested, in order, with the answers. */
function formatRequests({ requests, evidence }: RunDocument, { test, tries }: DocumentTest): string {
  const events = new Map(evidence.flatMap((event) => (event.decides ? [[event.audit_id, event] as const] : [])));
  const calls = requests.flatMap((request) => {
    const event = request.test === test && request.try === tries ? events.get(request.audit_id) : undefined;
    return event?.endpoint == null ? [] : [`${formatCode(event.endpoint)}: ${event.code ?? 'no code'}`];
  });
  if (calls.length === 0) return 'It has no steps, and requested no endpoint.';
  const left = calls.length - maxRequests;
  return [
    'It names no steps. What it requested, in order:',
    calls
      .slice(0, maxRequests)
      .map((call, index) => `${index + 1}. ${call}`)
      .join('\n'),
    ...(left > 0 ? [`And ${count(left, 'more request')}.`] : []),
  ].join('\n\n');
}
