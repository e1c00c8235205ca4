import { expect, test } from 'vitest';
import { printExports } from '../../src/command-line/exports.ts';

const print = (url: string): string => printExports({ folder: '/my work/.snoop', kubeconfig: '/k', snoopdb: { url } });

test('exports the state folder, for use from other folders', () => {
  expect(print('postgresql://apisnoop:p%27w@127.0.0.1:6000/apisnoop?sslmode=disable')).toBe(
    `export SNOOP_STATE='/my work/.snoop'
export KUBECONFIG='/k'
export DATABASE_URL='postgresql://apisnoop:p%27w@127.0.0.1:6000/apisnoop?sslmode=disable'
export PGPORT='6000'
export PGHOST='127.0.0.1'
export PGUSER='apisnoop'
export PGPASSWORD='p'\\''w'
export PGDATABASE='apisnoop'
export PGSSLMODE='disable'
`,
  );
});

test('exports a Unix socket for psql', () => {
  expect(print('postgresql://ada@/hits?host=/run/postgresql')).toContain(
    "export PGPORT='5432'\nexport PGHOST='/run/postgresql'\nexport PGUSER='ada'\nexport PGDATABASE='hits'\n",
  );
});
