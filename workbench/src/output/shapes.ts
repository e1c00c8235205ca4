import type { ShapeCount } from '@snoop/snoopdb';

const count = new Intl.NumberFormat('en');

/** Formats how the events of a log were wrapped. */
export function describeShapes(shapes: readonly ShapeCount[]): string {
  return `shapes: ${shapes.map(({ shape, events }) => `${shape} ${count.format(events)}`).join(', ')}`;
}
