import { auditLogs } from '@snoop/snoopdb/test-audit-logs';
import { makeEvents } from '../../tools/bodies.ts';
import { writeList } from './event.ts';

const longest = 4000;

/** Bodies of one event or a few as API servers write them, and ordinary ones made here. */
export function readRealBodies(): Buffer[] {
  const made = Array.from({ length: 40 }, (_, index) => writeList(makeEvents(1 + (index % 3))));
  const short = auditLogs.flatMap(({ lines }) => lines).filter((line) => line.length < longest);
  const real = short.map((line) => (line.includes('"kind":"EventList"') ? Buffer.from(line) : writeList([line])));
  return [...made, ...real];
}
