import { loadBaseline, loadBaselineFrom } from '@snoop/snoopdb';
import type { LoadInput } from '@snoop/snoopdb';
import { describeDocument } from './documents.ts';
import type { Loading } from './request.ts';

/** Loads releases that ship with the program, or one from a URL or file. */
export async function loadBaselines({
  request: { names, flags },
  context: { progress, signal },
  pool,
  done,
  inputs,
}: Loading & { readonly inputs: readonly LoadInput[] }): Promise<void> {
  const { release: wanted } = flags;
  for (const name of names) {
    const loaded = await progress.step(`loading ${name}`, () => loadBaseline(pool, name, { signal }));
    done(describeDocument(loaded));
  }
  for (const input of inputs) {
    const options = { signal, ...(wanted !== undefined && { release: wanted }) };
    const loaded = await progress.step(`loading ${input.name}`, () => loadBaselineFrom(pool, input, options));
    done(describeDocument(loaded));
  }
}
