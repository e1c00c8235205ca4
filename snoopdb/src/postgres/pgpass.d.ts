declare module 'pgpass' {
  /** Looks up the password of a connection in the file `PGPASSFILE`, else `~/.pgpass`; undefined: none. */
  export default function pgpass(
    connection: { host?: string; port?: number; database?: string; user?: string },
    callback: (password: string | undefined) => void,
  ): void;
}
