import { describeAddress } from '../sql-prompt/psql.ts';

/** What kubectl, psql and snoop itself need to know of a cluster. */
export interface Exported {
  /** The state folder: snoop finds it from every other folder by this. */
  readonly folder: string;
  /** The kubeconfig's path. */
  readonly kubeconfig: string;
  /** The URL holds the password. */
  readonly snoopdb: { readonly url: string };
}

/** The lines that a shell evaluates. */
export function printExports({ kubeconfig, folder, snoopdb }: Exported): string {
  const settings = {
    SNOOP_STATE: folder,
    KUBECONFIG: kubeconfig,
    DATABASE_URL: snoopdb.url,
    PGPORT: '5432',
    ...describeAddress(snoopdb.url),
  };
  return Object.entries(settings)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join('');
}

/** For any POSIX shell. */
function quote(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
