import { asRecord, asText, asList } from '../new-test/json.ts';
import { isSuccess } from './actions.ts';
import { type CallWriter, type ClientCall, expectNoError } from './call-writer.ts';
import { writeClientCall } from './client-calls.ts';
import { expectAnswer, findErrorCheck } from './expectations.ts';
import { quoteGo, identifierGo } from './go-text.ts';
import { describe, explainTodo, warn } from './messages.ts';
import type { Call } from './read-calls.ts';
import { Answer, assign, lines, type Statement } from './statements.ts';

const variableOf: Readonly<Record<string, string>> = {
  ...{ create: 'created', get: 'read', list: 'list', patch: 'patched', update: 'updated', other: 'answer' },
};

export function writeCall(call: Call, writer: CallWriter): Statement[] {
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

/** The variable of a new object's name. */
function noteCreated(call: Call, { values }: CallWriter): void {
  const { kind, metadata } = asRecord(call.body);
  const name = asText(asRecord(metadata).name);
  if (call.verb !== 'create' || name === '' || call.place.type === 'other' || call.place.name !== null) return;
  values.noteCreated(call.place.resource, values.createName(name, identifierGo(asText(kind) || 'object')));
}

export function noteAnswer(call: Call, answer: Answer, { values }: CallWriter): void {
  const { name, generateName } = asRecord(asRecord(call.body).metadata);
  values.noteAnswer(call.answer, answer, asText(generateName) !== '' && asText(name) === '');
  if (call.verb !== 'list') return;
  for (const [index, item] of asList(asRecord(call.answer).items).slice(0, 20).entries()) {
    values.noteAnswer(item, { isTyped: answer.isTyped, use: () => `${answer.use()}.Items[${index}]` }, false);
  }
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
