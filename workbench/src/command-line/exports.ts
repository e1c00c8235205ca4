/** What kubectl and psql need to know of a cluster. */
export interface Exported {
  /** The kubeconfig's path. */
  readonly kubeconfig: string;
  /** The URL holds the password. */
  readonly snoopdb: { readonly url: string };
}

/** The lines that a shell evaluates. */
export function printExports({ kubeconfig, snoopdb }: Exported): string {
  const url = new URL(snoopdb.url);
  const settings = {
    KUBECONFIG: kubeconfig,
    DATABASE_URL: snoopdb.url,
    PGHOST: decodeURIComponent(url.hostname || url.searchParams.get('host') || ''),
    PGPORT: url.port || '5432',
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
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
