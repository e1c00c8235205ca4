import { SnoopError } from '../../errors.ts';
import type { Program } from './program.ts';
import { describeAttempts, findAnywhere, startSearch } from './search.ts';
import type { SearchOptions } from './search.ts';

/**
 * Finds `e2e.test`, Kubernetes' own e2e suite, of exactly this release: on the `PATH`, in the cache, in the published
 * archive of test programs, as a build from Go modules. It keeps its name, since the user agent of its requests begins
 * with it.
 *
 * @throws SnoopError `no_programs`, exit code 3, with one line for each way
 */
export async function findE2e(options: Omit<SearchOptions, 'etcdData'>): Promise<Program> {
  const search = startSearch({ ...options, etcdData: null }, ['e2e.test']);
  await findAnywhere(search);
  const program = search.found.get('e2e.test');
  if (program !== undefined) return program;
  const { release } = options;
  throw new SnoopError('no_programs', `No e2e.test ${release} found. What was tried:`, {
    advice: [
      `PATH, with e2e.test ${release} on it: ${describeAttempts(search, 'PATH')}`,
      `the cache ${search.cache}, filled by a download or a build: ${describeAttempts(search, 'the cache')}`,
      `a download of the published test programs: ${describeAttempts(search, 'download')}`,
      `a build from Go modules, with a Go that is new enough on the PATH: ${describeAttempts(search, 'Go build')}`,
    ],
  });
}
