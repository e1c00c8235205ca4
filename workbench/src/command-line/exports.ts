import { describeAddress } from '../sql-prompt/psql.ts';

/** What kubectl, psql and snoop need to use a cluster. */
export interface Exported {
  /** The state folder. */
  readonly folder: string;
  /** Path. */
  readonly kubeconfig: string;
  /** With the password. */
  readonly snoopdb: { readonly url: string };
}

/** Formats `export` lines for a shell. */
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

/** Quotes a value for a POSIX shell. */
function quote(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
