import type { LoadInput } from '../../src/inputs/input.ts';
import type { TestData } from './test-data.ts';

/** A document of a test's own as something to load from: an object becomes JSON. */
export function giveInput(name: string, content: unknown): LoadInput {
  const bytes = Buffer.isBuffer(content)
    ? content
    : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  return {
    name,
    bytes: bytes.length,
    isRepeatable: true,
    async *open() {
      yield bytes;
    },
    lookInside: async () => (bytes.length === 0 ? 'nothing' : 'something'),
    close: async () => {},
    rawBytesRead: () => bytes.length,
  };
}

/** A published file as something to load from. */
export function givePublished(data: TestData, path: string): LoadInput {
  return giveInput(path, data.readBytes(path));
}
