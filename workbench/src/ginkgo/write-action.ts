import { asList, asRecord, asText } from '../new-test/json.ts';
import { isSuccess, type Action } from './actions.ts';
import { findChanges, writeDynamicChange, writeTypedChange } from './changes.ts';
import {
  expectNoError,
  findTyped,
  listDroppedParameters,
  writeClientCall,
  type CallWriter,
  type ClientCall,
} from './client-calls.ts';
import { expectAnswer, expectChanged, findErrorCheck, isSelected, writeConditions } from './expectations.ts';
import { commentGo, identifierGo, quoteGo } from './go-text.ts';
import { NotPlainError, redacted } from './literals.ts';
import type { Call } from './read-calls.ts';
import { Answer, assign, indent, lines, type Statement } from './statements.ts';

/** Writes what a test did as statements. */
export function writeAction(action: Action, writer: CallWriter): Statement[] {
  switch (action.type) {
    case 'call':
      return writeCall(action.call, writer);
    case 'update':
      return writeUpdate(action.read, action.write, writer);
    case 'poll':
      return writePoll(action.call, action.before, writer);
    case 'watch':
      return writeWatch(action.call, action.during, writer);
  }
}

const variableOf: Readonly<Record<string, string>> = {
  ...{ create: 'created', get: 'read', list: 'list', patch: 'patched', update: 'updated', other: 'answer' },
};

function writeCall(call: Call, writer: CallWriter): Statement[] {
  const todo = explainTodo(call);
  if (todo !== null) return [lines(...todo)];
  noteCreated(call, writer);
  const written = writeClientCall(call, writer);
  const answer =
    written.returns === null
      ? null
      : new Answer(writer.scope, variableOf[call.verb] ?? 'answer', written.returns !== 'dynamic');
  const statements = [
    lines(...warn(call, writer), ...written.before),
    encodeFlow(written),
    assign(answer, written.code),
  ];
  if (!isSuccess(call)) return [...statements, lines(...expectFailure(call, writer))];
  if (answer !== null) noteAnswer(call, answer, writer);
  statements.push(lines(expectNoError(describe(call), writer.imports), ...writeCleanup(call, written, writer)));
  if (answer === null || written.client === null) return statements;
  return [...statements, lines(...expectAnswer(call, answer, writer))];
}

/** What is written before a call may declare err. */
function encodeFlow({ before }: ClientCall): Statement {
  return (flow) => {
    if (before.some((line) => /, err :=/.test(line))) flow.isDeclared = true;
    return [];
  };
}

function noteAnswer(call: Call, answer: Answer, { values }: CallWriter): void {
  const { name, generateName } = asRecord(asRecord(call.body).metadata);
  values.noteAnswer(call.answer, answer, asText(generateName) !== '' && asText(name) === '');
  if (call.verb !== 'list') return;
  for (const [index, item] of asList(asRecord(call.answer).items).slice(0, 20).entries()) {
    values.noteAnswer(item, { isTyped: answer.isTyped, use: () => `${answer.use()}.Items[${index}]` }, false);
  }
}

/** Comments in the place of a call that cannot be written. */
function explainTodo({ request, missing, verb }: Call): string[] | null {
  const { method, path, status, error } = request;
  const title = `${method} ${commentGo(path)}`;
  if (status === 101)
    return [`// TODO: ${title} opened a stream, such as exec or port-forward; see test/e2e/framework/pod.`];
  if (status === null) return [`// TODO: ${title} got no answer${error === null ? '' : ` (${commentGo(error)})`}.`];
  if (missing === null || verb === 'delete' || verb === 'deletecollection') return null;
  return [`// TODO: ${title}, answered ${status}: its body is unknown (${commentGo(missing)}).`];
}

/** What a reviewer would send back. */
function warn(call: Call, writer: CallWriter): string[] {
  const { place, verb } = call;
  const warnings: string[] = [];
  if (place.type === 'resource' && ['list', 'watch', 'deletecollection'].includes(verb) && !isSelected(call, writer)) {
    warnings.push('// TODO: select what this test created, with a label that is unique to the test.');
  }
  const dropped = listDroppedParameters(call, writer);
  if (dropped.length > 0) warnings.push(`// TODO: client-go has no option for the parameters ${dropped.join(', ')}.`);
  if (hasRedacted(call.body)) warnings.push('// TODO: secrets are not stored with a run; these are placeholders.');
  return warnings;
}

function hasRedacted(value: unknown): boolean {
  if (typeof value === 'string') return redacted.test(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasRedacted);
}

function expectFailure(call: Call, { imports }: CallWriter): string[] {
  const check = findErrorCheck(call);
  const gomega = imports.use('github.com/onsi/gomega');
  if (check === null) {
    return [`// TODO: the live test got ${call.request.status}.`, `${gomega}.Expect(err).To(${gomega}.HaveOccurred())`];
  }
  const errors = imports.use('k8s.io/apimachinery/pkg/api/errors');
  return [`${gomega}.Expect(err).To(${gomega}.MatchError(${errors}.${check}, ${quoteGo(`apierrors.${check}`)}))`];
}

/** The framework deletes the test's namespace; other objects are deleted after the test. */
function writeCleanup(call: Call, { client }: ClientCall, { values, imports }: CallWriter): string[] {
  const { place, verb, request, answer, body } = call;
  if (verb !== 'create' || place.type === 'other' || place.name !== null || client === null || request.is_dry_run)
    return [];
  const name = asText(asRecord(asRecord(answer).metadata).name) || asText(asRecord(asRecord(body).metadata).name);
  const isInNamespace = place.namespace !== null && values.isOwnNamespace(place.namespace);
  if (isInNamespace || name === '') return [];
  const framework = imports.use('k8s.io/kubernetes/test/e2e/framework');
  const metav1 = imports.use('k8s.io/apimachinery/pkg/apis/meta/v1');
  return [
    `ginkgo.DeferCleanup(${framework}.IgnoreNotFound(${client}.Delete), ${values.name(name)}, ${metav1}.DeleteOptions{})`,
  ];
}

function writeUpdate(read: Call, write: Call, writer: CallWriter): Statement[] {
  const { scope, imports, literals } = writer;
  const typed = findTyped(read, writer) !== null && findTyped(write, writer) !== null;
  const retry = imports.use('k8s.io/client-go/util/retry');
  const attempt = (isTyped: boolean): { reading: ClientCall; changes: string[]; writing: ClientCall } => {
    const reading = writeClientCall(read, writer, { isTyped });
    const changes = writeChanges(read, write, isTyped ? reading.returns : null, writer);
    return { reading, changes, writing: writeClientCall(write, writer, { code: 'current', isTyped }) };
  };
  const { reading, changes, writing } = tryTyped(typed, attempt);
  const answer = new Answer(scope, 'updated', writing.returns !== 'dynamic');
  const expected = expectChanged(read, write, answer, writer);
  noteAnswer(write, answer, writer);
  const type =
    writing.returns === 'dynamic'
      ? `${imports.use('k8s.io/apimachinery/pkg/apis/meta/v1/unstructured')}.Unstructured`
      : literals.name(writing.returns ?? '');
  const retried: Statement = (flow) => {
    const operator = flow.isDeclared ? '=' : ':=';
    flow.isDeclared = true;
    return [
      ...(answer.name === null ? [] : [`var ${answer.name} *${type}`]),
      `err ${operator} ${retry}.RetryOnConflict(${retry}.DefaultRetry, func() error {`,
      ...indent([
        `current, err := ${reading.code}`,
        ...['if err != nil {', '\treturn err', '}'],
        ...changes,
        `${answer.name ?? '_'}, err = ${writing.code}`,
        'return err',
      ]),
      '})',
      expectNoError(describe(write), imports),
    ];
  };
  return [retried, lines(...expected)];
}

function tryTyped<T>(typed: boolean, attempt: (isTyped: boolean) => T): T {
  try {
    return attempt(typed);
  } catch (error) {
    if (!typed || !(error instanceof NotPlainError)) throw error;
    return attempt(false);
  }
}

function writeChanges(read: Call, write: Call, type: string | null, { literals }: CallWriter): string[] {
  if (read.answer === undefined || write.body === undefined) {
    return ['// TODO: change it as the live test did, whose bodies are not stored.'];
  }
  const { body } = write;
  // Two changes below one list replace the same list.
  const changed = findChanges(read.answer, body).flatMap((change) =>
    type === null
      ? [writeDynamicChange('current', change, body, literals).join('\n')]
      : writeTypedChange('current', type, change, literals),
  );
  return [...new Set(changed)];
}

function writePoll(call: Call, before: Call | null, writer: CallWriter): Statement[] {
  const { imports } = writer;
  const todo = explainTodo(call);
  if (todo !== null) return [lines(...todo)];
  const written = writeClientCall(call, writer);
  const [wait, time] = [imports.use('k8s.io/apimachinery/pkg/util/wait'), imports.use('time')];
  const body = isSuccess(call)
    ? writeSuccessPoll(call, before, written, writer)
    : writeFailurePoll(call, written, writer);
  const polled: Statement = (flow) => {
    const operator = flow.isDeclared ? '=' : ':=';
    flow.isDeclared = true;
    return [
      `err ${operator} ${wait}.PollUntilContextTimeout(ctx, ${time}.Second, ${time}.Minute, true, func(ctx context.Context) (bool, error) {`,
      ...indent(body),
      '})',
      expectNoError(`failed to wait for ${nameObjects(call)}`, imports),
    ];
  };
  return [lines(...warn(call, writer)), polled];
}

function writeFailurePoll(call: Call, written: ClientCall, { imports }: CallWriter): string[] {
  const check = findErrorCheck(call);
  const condition =
    check === null ? 'err != nil' : `${imports.use('k8s.io/apimachinery/pkg/api/errors')}.${check}(err)`;
  return [`_, err := ${written.code}`, `if ${condition} {`, '\treturn true, nil', '}', 'return false, err'];
}

function writeSuccessPoll(call: Call, before: Call | null, written: ClientCall, writer: CallWriter): string[] {
  const [object, end] = call.verb === 'list' ? ['list', listCondition(call, writer)] : ['current', null];
  const conditions = end === null ? writeConditions(before, call, written.returns ?? 'dynamic', object, writer) : [end];
  const check = before === null || isSuccess(before) ? null : findErrorCheck(before);
  const errors = (): string => writer.imports.use('k8s.io/apimachinery/pkg/api/errors');
  const retried = check === null ? [] : [`if ${errors()}.${check}(err) {`, '\treturn false, nil', '}'];
  const failed = ['if err != nil {', '\treturn false, err', '}'];
  if (conditions.length === 0) {
    const todo = check === null ? ['// TODO: return whether it is as the live test waited for.'] : [];
    return [`_, err := ${written.code}`, ...retried, ...failed, ...todo, 'return true, nil'];
  }
  return [`${object}, err := ${written.code}`, ...retried, ...failed, `return ${conditions.join(' && ')}, nil`];
}

function listCondition(call: Call, writer: CallWriter): string | null {
  const count = asList(asRecord(call.answer).items).length;
  return call.answer !== undefined && isSelected(call, writer) ? `len(list.Items) == ${count}` : null;
}

function writeWatch(call: Call, during: readonly Action[], writer: CallWriter): Statement[] {
  const { scope, imports } = writer;
  const todo = explainTodo(call);
  const meanwhile = (): Statement[] => during.flatMap((action) => writeAction(action, writer));
  if (todo !== null) return [lines(...todo), ...meanwhile()];
  const written = writeClientCall(call, writer);
  if (written.client === null || !isSuccess(call)) return [...writeCall(call, writer), ...meanwhile()];
  const [watcher, watchContext, cancel] = ['watcher', 'watchCtx', 'cancel'].map((name) => scope.allocate(name)) as [
    string,
    string,
    string,
  ];
  const [watch, watchtools] = [
    imports.use('k8s.io/apimachinery/pkg/watch'),
    imports.use('k8s.io/client-go/tools/watch'),
  ];
  const [meta, time] = [imports.use('k8s.io/apimachinery/pkg/api/meta'), imports.use('time')];
  const start: Statement = (flow) => {
    flow.isDeclared = true;
    return [`${watcher}, err := ${written.code}`, expectNoError(describe(call), imports)];
  };
  const inside = meanwhile();
  const name = findWatchedName(call, writer);
  const wait: Statement = () => [
    `${watchContext}, ${cancel} := ${watchtools}.ContextWithOptionalTimeout(ctx, ${time}.Minute)`,
    `defer ${cancel}()`,
    ...(name === null ? ['// TODO: return whether it is the event that the live test waited for.'] : []),
    `_, err = ${watchtools}.UntilWithoutRetry(${watchContext}, ${watcher}, func(event ${watch}.Event) (bool, error) {`,
    ...indent([
      `object, err := ${meta}.Accessor(event.Object)`,
      ...['if err != nil {', '\treturn false, err', '}'],
      `return object.GetName() ${name === null ? '!= ""' : `== ${name}`}, nil`,
    ]),
    '})',
    expectNoError(`failed to see the event of ${nameObjects(call)}`, imports),
  ];
  return [lines(...warn(call, writer)), start, ...inside, wait];
}

/** The name that a watch waits for: of the last object that the test created there. */
function findWatchedName({ place, query }: Call, { values }: CallWriter): string | null {
  const selected = /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1];
  if (selected !== undefined) return values.name(selected);
  return place.type === 'other' ? null : values.lastCreated(place.resource);
}

/** A message for a failed request. */
function describe(call: Call): string {
  const verbs: Readonly<Record<string, string>> = { deletecollection: 'delete a collection of', other: 'request' };
  return `failed to ${verbs[call.verb] ?? call.verb} ${nameObjects(call)}`;
}

function nameObjects({ place, request }: Call): string {
  if (place.type === 'other') return commentGo(request.path);
  const sub = place.subresource === null ? '' : `/${place.subresource}`;
  return commentGo(`${place.resource}${sub}`);
}

/** The variable of a new object's name. */
function noteCreated(call: Call, { values }: CallWriter): void {
  const { kind, metadata } = asRecord(call.body);
  const name = asText(asRecord(metadata).name);
  if (call.verb !== 'create' || name === '' || call.place.type === 'other' || call.place.name !== null) return;
  values.noteCreated(call.place.resource, values.createName(name, identifierGo(asText(kind) || 'object')));
}
