import { pick, type Random } from '@snoop/snoopdb/test-random';
import { makeBodyOfNewTest, streamedEvents } from '../../tools/bodies.ts';

/** Bodies for a load. */
export interface BodySource {
  next(): string;
  /** Makes the next one a body that is streamed: so large that all senders would soon wait for nothing else. */
  demandStreamed(): void;
}

/** @param sizes events of the other bodies */
export function createBodySource(random: Random, sizes: readonly number[]): BodySource {
  let isDemanded = false;
  return {
    next() {
      const events = isDemanded ? streamedEvents : pick(random, sizes);
      isDemanded = false;
      return makeBodyOfNewTest(events);
    },
    demandStreamed() {
      isDemanded = true;
    },
  };
}
