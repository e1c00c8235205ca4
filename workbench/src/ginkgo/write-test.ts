import type { RunDocument } from '@snoop/snoopdb';
import { groupCalls } from './actions.ts';
import type { CallWriter } from './call-writer.ts';
import { commentGo, quoteGo, wrapWords } from './go-text.ts';
import type { GoTypes } from './go-types.ts';
import type { Imports } from './imports.ts';
import { Literals } from './literals.ts';
import { MadeValues } from './made-values.ts';
import type { Call, CalledTest } from './read-calls.ts';
import { Scope } from './scope.ts';
import { indent, lines, type Flow, type Statement } from './statements.ts';
import { writeAction } from './write-action.ts';

export interface TestOptions {
  readonly document: RunDocument;
  readonly types: GoTypes;
  readonly imports: Imports;
  readonly isConformance: boolean;
  /** Of the test; unique in its file. */
  readonly name: string;
  /** What the test is about: `Deployment`. */
  readonly kind: string;
  /** In which the test will be: `v1.37`. */
  readonly release: string;
}

/** Writes a live test as an `It` of the framework, with its metadata comment. */
export function writeTest(test: CalledTest, options: TestOptions): string[] {
  const { document, types, imports } = options;
  const scope = new Scope();
  const values = new MadeValues(document, test, scope, imports);
  const writer: CallWriter = { types, imports, scope, values, literals: new Literals(types, imports, values) };
  imports.use('context');
  const framework = imports.use('k8s.io/kubernetes/test/e2e/framework');
  const statements = writeSteps(test, writer);
  const flow: Flow = { isDeclared: false };
  const body = statements.flatMap((statement) => statement(flow));
  const blocks = [...scope.declarationsFor(body.join('\n')), ...body];
  const it = options.isConformance ? 'ConformanceIt' : 'It';
  return [
    ...writeMetadata(test, options),
    `${framework}.${it}(${quoteGo(options.name)}, func(ctx context.Context) {`,
    // An empty line precedes each step.
    ...indent(blocks[0] === '' ? blocks.slice(1) : blocks),
    '})',
  ];
}

function writeSteps({ steps }: CalledTest, writer: CallWriter): Statement[] {
  const statements: Statement[] = [];
  let previous: Call | null = null;
  for (const { name, calls } of steps) {
    if (name !== null) statements.push(lines('', `ginkgo.By(${quoteGo(name)})`));
    if (calls.length === 0) statements.push(lines('// TODO: the live test sent no request in this step.'));
    for (const action of groupCalls(calls, previous)) statements.push(...writeAction(action, writer));
    previous = calls.at(-1) ?? previous;
  }
  return statements;
}

/**
 * `should run through a ConfigMap lifecycle`, as tests of Kubernetes are named. Brackets would be tags, such as
 * `[Conformance]`.
 */
export function nameTest({ test: { name } }: CalledTest): string {
  const title = commentGo(name).replaceAll('[', '(').replaceAll(']', ')');
  if (/^should\b/i.test(title)) return title;
  const lifecycle = /^(.+) lifecycle$/.exec(title)?.[1];
  if (lifecycle === undefined) return `should run through ${title}`;
  return `should run through ${/^[aeio]/i.test(lifecycle) ? 'an' : 'a'} ${lifecycle} lifecycle`;
}

const metadataWidth = 90;

/** The comment from which Kubernetes makes conformance.yaml (test/conformance/behaviors.go and walk.go). */
function writeMetadata(test: CalledTest, { kind, release }: TestOptions): string[] {
  const steps = test.steps.flatMap(({ name }) => (name === null ? [] : [commentGo(name).replace(/[.;\s]+$/, '')]));
  const listed = steps.length === 0 ? '.' : `, in this order: ${steps.join('; ')}.`;
  const title = commentGo(test.test.name);
  const metadata = [
    `Release: ${release}`,
    `Testname: ${commentGo(kind)}, ${title.startsWith(`${kind} `) ? title.slice(kind.length + 1) : title}`,
    ...wrapWords(
      `Description: The API server MUST serve these requests for ${commentGo(kind)}${listed}`,
      metadataWidth,
    ),
  ];
  return ['/*', ...indent(metadata), '*/'];
}
