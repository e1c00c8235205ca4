import type { LoadInput } from '@snoop/snoopdb';

/** Bytes that were already read, for readers of inputs. */
export function createMemoryInput(name: string, content: Buffer): LoadInput {
  return {
    name,
    bytes: content.length,
    isRepeatable: true,
    async *open() {
      yield content;
    },
    peek: () => Promise.resolve(content.length > 0 ? 'something' : 'nothing'),
    close: () => Promise.resolve(),
    rawBytesRead: () => content.length,
  };
}
