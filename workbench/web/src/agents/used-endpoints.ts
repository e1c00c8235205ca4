import type { HitsFile } from '../../../src/ui/data/live-model.ts';

type Used = HitsFile['endpoints'][number];

/** Why an owner of a client looks at an endpoint. */
export const marks = ['beta', 'alpha', 'deprecated', 'untested', 'notInRelease'] as const;
export type Mark = (typeof marks)[number];

const hasMark: Readonly<Record<Mark, (endpoint: Used) => boolean>> = {
  beta: ({ level }) => level === 'beta',
  alpha: ({ level }) => level === 'alpha',
  deprecated: ({ deprecated }) => deprecated === true,
  untested: ({ tested }) => tested === false,
  notInRelease: ({ inRelease }) => !inRelease,
};

export function readMark(text: string | undefined): Mark | null {
  return marks.find((mark) => mark === text) ?? null;
}

/** The endpoints with a mark, as the summary counts them. @param mark null: all */
export function filterUsed(endpoints: readonly Used[], mark: Mark | null): readonly Used[] {
  return mark === null ? endpoints : endpoints.filter(hasMark[mark]);
}
