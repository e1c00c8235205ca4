import { expect, test } from 'vitest';
import { EncodedRanges } from '../../../src/ui/hub/encoded-ranges.ts';
import { EventLog } from '../../../src/ui/hub/event-log.ts';
import { makeEvent } from './support.ts';

const wanted = { rows: true, all: true };

test('keeps what is encoded until the log grows', () => {
  const log = new EventLog();
  const encoded = new EncodedRanges(log);
  log.add(makeEvent());
  const first = encoded.encodeFrame(0, wanted);
  expect(encoded.encodeFrame(0, wanted)).toBe(first);
  log.add(makeEvent());
  expect(encoded.encodeFrame(0, wanted)).not.toBe(first);
});

test('forgets what is encoded when it has too many bytes, although the log does not grow', () => {
  const log = new EventLog();
  const encoded = new EncodedRanges(log);
  for (let index = 0; index < 800; index += 1) log.add(makeEvent({ path: '/'.repeat(500) }));
  const first = encoded.encodeFrame(0, wanted);
  let bytes = 0;
  for (let after = 0; after < 200; after += 1) bytes += encoded.encodeFrame(after, wanted)?.data.length ?? 0;
  expect(bytes).toBeGreaterThan(32 << 20);
  expect(encoded.encodeFrame(0, wanted)).not.toBe(first);
});
