import { ConformanceError } from '@snoop/conformance';
import { SnoopDbError } from '@snoop/snoopdb';
import { expect, test } from 'vitest';
import { explain } from '../../src/command-line/explain.ts';
import { wrongUse } from '../../src/errors.ts';

test('mistyped values are wrong use', () => {
  const exitCodes = (['bad_database_url', 'bad_release', 'unknown_run', 'unknown_source'] as const).map(
    (code) => explain(new SnoopDbError(code, 'no')).exitCode,
  );
  expect(exitCodes).toEqual([2, 2, 2, 2]);
  expect(explain(new SnoopDbError('no_coverage', 'no'))).toEqual({ text: 'no', exitCode: 3 });
  expect(explain(wrongUse('no', 'the way out'))).toEqual({ text: 'no\n  the way out', exitCode: 2 });
});

test('results of a suite that cannot be read cannot tell', () => {
  const error = new ConformanceError('bad_results', 'junit_01.xml is empty (line 1, column 1). Fetch it again.');
  expect(explain(error)).toEqual({ text: error.message, exitCode: 3 });
});
