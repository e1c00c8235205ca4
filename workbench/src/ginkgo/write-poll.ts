import { asRecord, asList } from '../new-test/json.ts';
import { isSuccess } from './actions.ts';
import { type CallWriter, type ClientCall, expectNoError } from './call-writer.ts';
import { writeClientCall } from './client-calls.ts';
import { findErrorCheck, isSelected, writeConditions } from './expectations.ts';
import { nameObjects, explainTodo, warn } from './messages.ts';
import type { Call } from './read-calls.ts';
import { indent, lines, type Statement } from './statements.ts';

export function writePoll(call: Call, before: Call | null, writer: CallWriter): Statement[] {
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
