import { choiceFlag, type Flag, valueFlag } from '@snoop/snoopdb/command-line';
import { tableFormats } from '../output/format.ts';

/** The flag of every command that looks for a state folder. */
export const stateFlags = {
  state: valueFlag('--state <DIR>', 'the state folder').defaultsToWhat('.snoop in the project').from('SNOOP_STATE'),
};

/** The flags of every command that works on a SnoopDB. */
export const databaseFlags = {
  databaseUrl: valueFlag('--database-url <URL>', "another SnoopDB than the state folder's"),
  ...stateFlags,
};

/** `--output`. @param formats what the command can print; the first is the default */
export function outputFlag<const T extends string>(formats: readonly [T, ...T[]]): Flag<T> {
  return choiceFlag('--output <FORMAT>', '', formats).defaultsTo(formats[0]) as Flag<T>;
}

/** The flags that every question takes. */
export const questionFlags = { output: outputFlag(tableFormats), ...databaseFlags };

/** The environment of every question, beside that of its flags. */
export const questionEnvironment = {
  DATABASE_URL: 'the SnoopDB to ask when no local control plane runs',
  XDG_CACHE_HOME: 'where a database with the shipped data is kept, which answers when there is no SnoopDB',
  NO_COLOR: 'no colours',
};

/** The flags that name a cluster. */
export const clusterFlags = {
  kubeconfig: valueFlag('--kubeconfig <FILE>', 'the kubeconfig of another cluster than the local one'),
  context: valueFlag('--context <NAME>', 'the context of the kubeconfig'),
};
