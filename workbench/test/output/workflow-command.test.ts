import { expect, test } from 'vitest';
import { formatWorkflowCommand } from '../../src/output/workflow-command.ts';

test.each([
  ['line breaks', 'a\n::error::b', '::error::a%0A::error::b\n'],
  ['percent signs', '100 %0A', '::error::100 %250A\n'],
  ['control characters', 'a\r\u001b[31mb\u2028', '::error::a\ufffd\ufffd[31mb\ufffd\n'],
])('escapes %s of a message', (_what, message, expected) => {
  expect(formatWorkflowCommand('error', {}, message)).toBe(expected);
});

test('escapes properties, and leaves out those without a value', () => {
  const properties = { title: 'a::b,c=d%\n', file: null, line: 3 };
  expect(formatWorkflowCommand('notice', properties, 'x')).toBe('::notice title=a%3A%3Ab%2Cc=d%25%0A,line=3::x\n');
});
