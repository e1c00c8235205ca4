import { expect, test } from 'vitest';
import type { TableFile } from '../../../src/ui/data/model.ts';
import type { Figures } from '../../../web/src/coverage/figures.ts';
import { listGaps } from '../../../web/src/coverage/gaps.ts';

test.for([
  [0, []],
  [1, ['1 endpoint is unknown: no loaded coverage can tell whether tests hit it.']],
  [39, ['39 endpoints are unknown: no loaded coverage can tell whether tests hit them.']],
] as const)('explains %i unknown endpoints', ([unknown, sentences]) => {
  const figures = { eligible: 2, endpoints: 50, unknown } as Figures;
  expect(listGaps({ previous: '1.36.0' } as unknown as TableFile, figures, null)).toEqual(sentences);
});
