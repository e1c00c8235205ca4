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
