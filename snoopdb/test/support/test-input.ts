import type { LoadInput } from '../../src/inputs/input.ts';
import type { TestData } from './test-data.ts';

/** Creates an input for the loaders from text, bytes, or an object, which becomes JSON. */
export function createInput(name: string, content: unknown): LoadInput {
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
    peek: async () => (bytes.length === 0 ? 'nothing' : 'something'),
    close: async () => {},
    rawBytesRead: () => bytes.length,
  };
}

/** Creates an input from a published file. */
export function createPublishedInput(data: TestData, path: string): LoadInput {
  return createInput(path, data.readBytes(path));
}
