declare module 'pgpass' {
  /** Tells the password that the file `PGPASSFILE`, else `~/.pgpass`, has for a connection; undefined: none. */
  export default function pgpass(
    connection: { host?: string; port?: number; database?: string; user?: string },
    tell: (password: string | undefined) => void,
  ): void;
}
