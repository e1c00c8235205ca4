import { describe, expect, test } from 'vitest';
import { readDatabaseAddress } from '../../src/postgres/address.ts';

const read = (url: string, env: NodeJS.ProcessEnv = {}) => readDatabaseAddress(url, env);

describe('the address of a database', () => {
  test.each<[string, object, NodeJS.ProcessEnv?]>([
    ['postgresql://', { host: 'localhost', port: 5432, database: '' }],
    ['postgres://ada@db.example/hits', { host: 'db.example', port: 5432, database: 'hits' }],
    ['postgresql://ada@db/', { host: 'db', database: 'ada' }],
    ['postgresql://ada:p%40ss@[::1]:6000/my%20db', { host: '::1', port: 6000, database: 'my db' }],
    ['postgresql:///hits?host=/run/postgresql&port=6000', { host: '/run/postgresql', port: 6000 }],
    ['postgresql://ada:secret@/hits?host=/run/postgresql', { host: '/run/postgresql', database: 'hits' }],
    ['postgresql://%2Frun%2Fpostgresql/hits', { host: '/run/postgresql', database: 'hits' }],
    ['postgresql:///hits', { host: 'db', port: 6000 }, { PGHOST: 'db', PGPORT: '6000' }],
  ])('%s', (url, expected, env) => {
    expect(read(url, env)).toMatchObject({ url, ...expected });
  });

  test.each<[string, string, NodeJS.ProcessEnv?]>([
    ['secret', 'The database URL must look like postgresql://user:password@host:5432/database.'],
    ['mysql://a:secret@b/c', 'The database URL must look like postgresql://user:password@host:5432/database.'],
    [
      'host=db port=5432 password=secret',
      'Connection keywords (host=… port=…) are not supported. Use a URL: postgresql://user:password@host:5432/database.',
    ],
    [
      'postgresql://a:secret@b:1,c:2/d',
      'The database URL has several hosts, which is not supported. Use the one that accepts writes.',
    ],
    [
      'postgresql:///d?host=b,c&password=secret',
      'The database URL has several hosts, which is not supported. Use the one that accepts writes.',
    ],
    [
      'postgresql://a:secret@b/d?port=1,2',
      'The database URL has several hosts, which is not supported. Use the one that accepts writes.',
    ],
    [
      'postgresql:///',
      'PGHOST has several hosts, which is not supported. Use the one that accepts writes.',
      { PGHOST: 'a,b' },
    ],
    ['postgresql://a:secret@b:99999/c', "The database URL has the port '99999'. Use a number from 1 to 65535."],
    ['postgresql://a:secret@b:0/c', "The database URL has the port '0'. Use a number from 1 to 65535."],
    ['postgresql://a:secret@b/c?port=x', "The database URL has the port 'x'. Use a number from 1 to 65535."],
    ['postgresql://a@b/c', "PGPORT has the port '99999'. Use a number from 1 to 65535.", { PGPORT: '99999' }],
    [
      'postgresql://a:secret@b c/d',
      'The database URL must look like postgresql://user:password@host:5432/database. Escape special characters, such as @ as %40.',
    ],
    [
      'postgresql://a:secret%@b/c',
      'The database URL has a % that starts no escaped character. Write a literal % as %25.',
    ],
    [
      'postgresql://a@b/c?hostaddr=127.0.0.1',
      'The parameter hostaddr of the database URL is not supported. Use the address as the host.',
    ],
    [
      'postgresql:///c?service=prod',
      'The parameter service of the database URL is not supported. Write the settings of the service into the URL.',
    ],
    [
      'postgresql://a:secret@b/c?sslmode=no-verify',
      "sslmode in the database URL is 'no-verify'. Use one of: disable, allow, prefer, require, verify-ca, verify-full.",
    ],
    [
      'postgresql://a@b/c',
      "PGSSLMODE is 'on'. Use one of: disable, allow, prefer, require, verify-ca, verify-full.",
      { PGSSLMODE: 'on' },
    ],
    [
      'postgresql://a@b/c?sslmode=require&sslrootcert=system',
      'sslrootcert=system needs sslmode=verify-full, not require.',
    ],
  ])('%s is refused', (url, message, env) => {
    expect(() => read(url, env)).toThrow(expect.objectContaining({ code: 'bad_database_url', message }));
    expect(message).not.toContain('secret');
  });
});

describe('TLS', () => {
  test.each<[string, NodeJS.ProcessEnv, string, string[]]>([
    ['', {}, 'prefer', ['tls', 'plain']],
    ['?sslmode=disable', { PGSSLMODE: 'require' }, 'disable', ['plain']],
    ['?sslmode=allow', {}, 'allow', ['plain', 'tls']],
    ['?sslmode=require', {}, 'require', ['tls']],
    ['', { PGSSLMODE: 'verify-ca' }, 'verify-ca', ['tls']],
    ['?ssl=true', {}, 'require', ['tls']],
    ['?sslrootcert=system', {}, 'verify-full', ['tls']],
    ['?sslmode=verify-full&host=/run/postgresql', {}, 'verify-full', ['plain']],
  ])("'%s' and %o", (parameters, env, mode, attempts) => {
    const { tls } = read(`postgresql://a@b/c${parameters}`, env);
    expect({ mode: tls.mode, attempts: tls.attempts }).toEqual({ mode, attempts });
  });

  test('does not pass TLS parameters to pg, which interprets them differently', () => {
    const { url } = read('postgresql://a@b/c?sslmode=require&application_name=x&sslcert=/y&sslkey=/z');
    expect(url).toBe('postgresql://a@b/c?application_name=x');
  });

  test.each([
    [
      'sslmode=verify-full&sslrootcert=/nowhere/ca.crt',
      /^The file \/nowhere\/ca\.crt cannot be read \(sslrootcert\): it does not exist\.$/,
    ],
    ['sslmode=require&sslcert=/nowhere/c.crt&sslkey=/nowhere/c.key', /^The file \/nowhere\/c\.crt cannot be read/],
  ])('%s names the missing file', (parameters, message) => {
    const { tls } = read(`postgresql://a@b/c?${parameters}`);
    expect(() => tls.readOptions()).toThrow(message);
  });
});
