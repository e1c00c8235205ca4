import { type CallWriter, type ClientCall, expectNoError } from './call-writer.ts';
import { findChanges, writeDynamicChange, writeTypedChange } from './changes.ts';
import { writeClientCall } from './client-calls.ts';
import { expectChanged } from './expectations.ts';
import { NotPlainError } from './special-literals.ts';
import { describe } from './messages.ts';
import type { Call } from './read-calls.ts';
import { Answer, indent, lines, type Statement } from './statements.ts';
import { findTyped } from './typed-calls.ts';
import { noteAnswer } from './write-call.ts';

export function writeUpdate(read: Call, write: Call, writer: CallWriter): Statement[] {
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
