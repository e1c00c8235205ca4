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
      'The database is named by keywords (host=… port=…), which are not supported: write postgresql://user:password@host:5432/database.',
    ],
    [
      'postgresql://a:secret@b:1,c:2/d',
      'The database URL names several hosts, which is not supported: name the one that takes writes.',
    ],
    [
      'postgresql:///d?host=b,c&password=secret',
      'The database URL names several hosts, which is not supported: name the one that takes writes.',
    ],
    [
      'postgresql://a:secret@b/d?port=1,2',
      'The database URL names several hosts, which is not supported: name the one that takes writes.',
    ],
    [
      'postgresql:///',
      'PGHOST names several hosts, which is not supported: name the one that takes writes.',
      { PGHOST: 'a,b' },
    ],
    ['postgresql://a:secret@b:99999/c', "The database URL has the port '99999': a port is a number from 1 to 65535."],
    ['postgresql://a:secret@b:0/c', "The database URL has the port '0': a port is a number from 1 to 65535."],
    ['postgresql://a:secret@b/c?port=x', "The database URL has the port 'x': a port is a number from 1 to 65535."],
    ['postgresql://a@b/c', "PGPORT has the port '99999': a port is a number from 1 to 65535.", { PGPORT: '99999' }],
    [
      'postgresql://a:secret@b c/d',
      'The database URL must look like postgresql://user:password@host:5432/database; other characters in a part are written as %40 for @.',
    ],
    ['postgresql://a:secret%@b/c', 'The database URL has a % that begins no character: write a % of its own as %25.'],
    [
      'postgresql://a@b/c?hostaddr=127.0.0.1',
      'The database URL has the parameter hostaddr, which is not supported: name the address as the host.',
    ],
    [
      'postgresql:///c?service=prod',
      'The database URL has the parameter service, which is not supported: write out what the service file says.',
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

  test('its parameters are not given to pg, which means something else by them', () => {
    const { url } = read('postgresql://a@b/c?sslmode=require&application_name=x&sslcert=/y&sslkey=/z');
    expect(url).toBe('postgresql://a@b/c?application_name=x');
  });

  test.each([
    [
      'sslmode=verify-full&sslrootcert=/nowhere/ca.crt',
      /^The file \/nowhere\/ca\.crt cannot be read \(sslrootcert\): it does not exist\.$/,
    ],
    ['sslmode=require&sslcert=/nowhere/c.crt&sslkey=/nowhere/c.key', /^The file \/nowhere\/c\.crt cannot be read/],
  ])('%s says which file is missing', (parameters, message) => {
    const { tls } = read(`postgresql://a@b/c?${parameters}`);
    expect(() => tls.readOptions()).toThrow(message);
  });
});
