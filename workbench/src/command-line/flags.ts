import { choiceFlag, type Flag, switchFlag, valueFlag, listFlag } from '@snoop/snoopdb/command-line';
import { parseSeconds, parseThresholds } from './flag-values.ts';
import { describeFormats, tableFormats } from '../output/format.ts';
import { reportFormats } from '../report/formats.ts';

/** For commands that use the state folder. */
export const stateFlags = {
  state: valueFlag('--state <DIR>', 'the state folder').defaultsToWhat('.snoop in the project').from('SNOOP_STATE'),
};

/** For commands that use a SnoopDB. */
export const databaseFlags = {
  databaseUrl: valueFlag('--database-url <URL>', "another SnoopDB than the state folder's"),
  ...stateFlags,
};

/** The environment of {@link databaseFlags}. */
export const databaseEnvironment = { DATABASE_URL: 'the SnoopDB to use if no local control plane runs' };

/** `--output`. @param formats the first is the default */
export function outputFlag<const T extends string>(formats: readonly [T, ...T[]]): Flag<T> {
  return choiceFlag('--output <FORMAT>', '', formats).defaultsTo(formats[0]) as Flag<T>;
}

/** For commands that make a run. */
export const runFlags = {
  author: listFlag('--author <NAME>', 'the author named in the report')
    .defaultsToWhat('user.name of git in the current folder, else the login name')
    .from('SNOOP_AUTHOR'),
  kubeconfig: valueFlag('--kubeconfig <FILE>', 'another cluster; its audit events must arrive in the SnoopDB in use'),
  context: valueFlag('--context <NAME>', 'a context of the kubeconfig'),
  databaseUrl: valueFlag('--database-url <URL>', 'the SnoopDB of that cluster'),
  wait: valueFlag('--wait <SECONDS>', 'how long to wait without a new event', parseSeconds).defaultsToWhat(
    '15 locally, 45 elsewhere',
  ),
  ...stateFlags,
};

/** For reports as checks. */
export const reportFlags = {
  output: outputsFlag(reportFormats),
  failUnder: valueFlag(
    '--fail-under <NUMBERS>',
    'exit with 1 if passed tests newly hit fewer endpoints: conformance:N, stable:N or any:N, separated by commas',
    parseThresholds,
  ),
  expect: listFlag('--expect <ENDPOINTS>', 'exit with 1 unless passed tests hit these endpoints, separated by commas'),
};

/** The environment of {@link reportFlags}. */
export const reportEnvironment = {
  GITHUB_ACTIONS: 'if set, --output github is the default',
  GITHUB_STEP_SUMMARY: 'where --output github appends the summary of the job',
  GITHUB_WORKSPACE: 'what the paths in annotations are relative to',
};

/** `--output` for several outputs at once. @param formats those that can be written to files */
export function outputsFlag(formats: readonly string[]): Flag<readonly string[] | undefined> {
  const all = [...formats, 'github'];
  const flag = listFlag('--output <FORMAT>', `${describeFormats(all)}; FORMAT=FILE writes to a file, besides stdout`);
  flag.choiceList = all;
  return flag.defaultsToWhat('text; github in GitHub Actions');
}

/** For reports. */
export const indirectFlag = switchFlag('--indirect', 'say what hits by controllers would add to coverage');

/** For questions. */
export const questionFlags = { output: outputFlag(tableFormats), ...databaseFlags };

/** The environment of {@link questionFlags}. */
export const questionEnvironment = {
  ...databaseEnvironment,
  XDG_CACHE_HOME: 'the cache, with a database of shipped data for use without SnoopDB',
  NO_COLOR: 'no colours',
};

/** For commands that can use another cluster. */
export const clusterFlags = {
  kubeconfig: valueFlag('--kubeconfig <FILE>', 'the kubeconfig of another cluster than the local one'),
  context: valueFlag('--context <NAME>', 'a context of the kubeconfig'),
};
