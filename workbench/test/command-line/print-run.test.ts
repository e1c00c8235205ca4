import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { clearTerminal, writeDifference } from '../../src/command-line/print-run.ts';
import type { ReportOutput } from '../../src/command-line/report-outputs.ts';
import type { Context } from '../../src/context.ts';
import { readEnvironment } from '../../src/environment.ts';
import { silentProgress } from '../../src/progress.ts';
import { createReport } from '../../src/report/report.ts';
import { endpointHit, sampleCoverage } from '../report/sample-coverage.ts';

function createContext(terminal: object = {}): { context: Context; read: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const stdout = Object.assign(stream, terminal);
  const context = {
    ...{ environment: readEnvironment({ NO_COLOR: '1' }), progress: silentProgress, stdout, stderr: stdout },
    ...{ argv: [], cwd: '/', signal: new AbortController().signal },
  };
  return { context, read: () => text };
}

const createOutputs = (format: ReportOutput['format']): ReportOutput[] => [{ format, file: null }];

test('only a terminal is cleared, and only for text', () => {
  const terminal = createContext({ isTTY: true, columns: 80 });
  clearTerminal(terminal.context, createOutputs('json'));
  expect(terminal.read()).toBe('');
  clearTerminal(terminal.context, createOutputs('text'));
  expect(terminal.read()).toBe('\u001b[2J\u001b[H');
  const pipe = createContext();
  clearTerminal(pipe.context, createOutputs('text'));
  expect(pipe.read()).toBe('');
});

test('prints what changed since the last save, and nothing into JSON', () => {
  const before = createReport(sampleCoverage([endpointHit('a')]));
  const after = createReport(sampleCoverage([endpointHit('b', { e2e: false, untestedUntilNow: true })]));
  const text = createContext();
  writeDifference(text.context, before, after, createOutputs('text'));
  expect(`\n${text.read()}`).toMatchInlineSnapshot(`
    "
    Since the last save
    CHANGE  WHAT  FROM  TO
    gained  b     -     200  untested until now
    lost    a     200   -

    "
  `);
  const same = createContext();
  writeDifference(same.context, before, before, createOutputs('markdown'));
  expect(same.read()).toBe('- **Since the last save**: no change\n\n');
  const json = createContext();
  writeDifference(json.context, before, after, createOutputs('json'));
  expect(json.read()).toBe('');
});
