import type { IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type AccessRules, checkRequest, checkUpgrade } from '../../../src/ui/access/access.ts';
import { chooseListenAddress, parseListenAddress, parsePort } from '../../../src/ui/access/listen-address.ts';
import { readToken, TokenGate } from '../../../src/ui/access/token.ts';
import { makeFolder } from '../../support/folder.ts';

const loopback: AccessRules = { listen: { host: '127.0.0.1', port: 9909 }, gate: null };
const everywhere: AccessRules = { listen: { host: '0.0.0.0', port: 9909 }, gate: null };

// Only these parts of a request are read.
const request = (headers: IncomingMessage['headers'], method = 'GET') => ({ method, headers }) as IncomingMessage;

describe('Host', () => {
  test.each(['127.0.0.1:9909', 'localhost', 'LOCALHOST:80', '[::1]:9909', '127.1.2.3:1'])('accepts %s', (host) => {
    expect(checkRequest(request({ host }), loopback)).toBeNull();
  });

  test.each([
    'evil.example:9909',
    'localhost.evil.example',
    '127.0.0.1.nip.io:9909',
    '127.0.0.1@evil.example',
    'evil.example#127.0.0.1',
    '10.0.0.1:9909',
    '[::1',
    '::1',
    '',
    undefined,
  ])('refuses %s, against DNS rebinding', (host) => {
    expect(checkRequest(request({ host }), loopback)).toMatchObject({ status: 421 });
  });

  test('of a page for other machines: addresses and names of this machine, no other names', () => {
    for (const host of ['10.0.0.1:9909', `${hostname()}:9909`, '[fd00::1]:9909', 'localhost:9909']) {
      expect(checkRequest(request({ host }), everywhere), host).toBeNull();
    }
    expect(checkRequest(request({ host: 'evil.example' }), everywhere)).toMatchObject({ status: 421 });
    const named: AccessRules = { listen: { host: 'snoop.example', port: 1 }, gate: null };
    expect(checkRequest(request({ host: 'snoop.example:1' }), named)).toBeNull();
  });
});

describe('Origin', () => {
  const host = '127.0.0.1:9909';

  test.each([
    'http://evil.example',
    'https://127.0.0.1.evil.example:9909',
    'http://127.0.0.1:9910',
    'http://localhost:9909',
    'http://127.0.0.1',
    'null',
    'file://',
    'chrome-extension://abc',
  ])('refuses %s', (origin) => {
    expect(checkRequest(request({ host, origin }), loopback)).toMatchObject({ status: 403 });
    expect(checkUpgrade(request({ host, origin }), loopback)).toMatchObject({ status: 403 });
  });

  test('a WebSocket needs the own one', () => {
    expect(checkUpgrade(request({ host }), loopback)).toMatchObject({ status: 403 });
    expect(checkUpgrade(request({ host, origin: `http://${host}` }), loopback)).toBeNull();
    // TLS ends before this server.
    expect(checkUpgrade(request({ host, origin: `https://${host}` }), loopback)).toBeNull();
    expect(checkUpgrade(request({ host: 'evil.example', origin: 'http://evil.example' }), loopback)).toMatchObject({
      status: 421,
    });
  });
});

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'CONNECT', 'TRACE'])('refuses %s', (method) => {
  expect(checkRequest(request({ host: 'localhost' }, method), loopback)).toMatchObject({ status: 405 });
});

describe('token', () => {
  const gate = new TokenGate('0123456789abcdef');
  const [cookie = ''] = gate.formatCookie().split(';');

  test('the cookie is not the token, and is hidden from scripts and other sites', () => {
    expect(gate.formatCookie()).toMatch(/^snoop-ui-[0-9a-f]{8}=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    expect(gate.formatCookie()).not.toContain('0123456789abcdef');
    expect(gate.hasCookie(`theme=dark; ${cookie}; x=y`)).toBe(true);
  });

  test('rejects anything else', () => {
    expect(gate.isToken('0123456789abcdef')).toBe(true);
    for (const wrong of ['', '0', '0123456789abcdeF', '0123456789abcdef0']) expect(gate.isToken(wrong)).toBe(false);
    const other = new TokenGate('0123456789abcdeF').formatCookie().split(';')[0] ?? '';
    const name = cookie.split('=')[0];
    for (const header of [undefined, '', `${name}=`, `${cookie}x`, other, `${name}=${other.split('=')[1]}`]) {
      expect(gate.hasCookie(header), header).toBe(false);
    }
  });

  test('a WebSocket needs the cookie', () => {
    const host = '10.0.0.1:9909';
    const rules = { ...everywhere, gate };
    expect(checkUpgrade(request({ host, origin: `http://${host}` }), rules)).toMatchObject({ status: 401 });
    expect(checkUpgrade(request({ host, origin: `http://${host}`, cookie }), rules)).toBeNull();
    expect(checkUpgrade(request({ host, origin: 'http://evil.example', cookie }), rules)).toMatchObject({
      status: 403,
    });
  });

  test('is read from a file; the message of a wrong one does not show it', async () => {
    const file = join(await makeFolder(), 'token');
    await writeFile(file, '0123456789abcdef\n');
    expect(await readToken(file)).toBe('0123456789abcdef');
    for (const content of ['', 'short', 'two words of a token', 'x'.repeat(2000), 'ÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿ']) {
      await writeFile(file, content);
      const error = await readToken(file).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'wrong_use', exitCode: 2 });
      if (content !== '') expect(String(error)).not.toContain(content);
    }
    await expect(readToken(`${file}.missing`)).rejects.toMatchObject({ code: 'bad_token_file', exitCode: 2 });
  });
});

describe('address', () => {
  test('loopback without a token; others only with one', () => {
    expect(chooseListenAddress({ port: undefined, listen: undefined, hasToken: false })).toEqual({
      host: '127.0.0.1',
      port: 9909,
    });
    const listen = parseListenAddress('[::1]:8080', '--listen');
    expect(chooseListenAddress({ port: undefined, listen, hasToken: false })).toEqual({ host: '::1', port: 8080 });
    for (const address of ['0.0.0.0:9909', '[::]:9909', '10.0.0.1:1', 'snoop.example:1']) {
      const other = parseListenAddress(address, '--listen');
      expect(() => chooseListenAddress({ port: undefined, listen: other, hasToken: false })).toThrow(
        `--listen ${address} needs --token-file FILE, since other machines can reach that address.`,
      );
      expect(chooseListenAddress({ port: undefined, listen: other, hasToken: true })).toBe(other);
    }
  });

  test.each([
    '',
    '9909',
    ':9909',
    '0.0.0.0',
    '0.0.0.0:',
    '::1:9909',
    '[::1]',
    '[x]:1',
    'a b:1',
    'a:65536',
    'http://a:1',
  ])('refuses %s', (value) => {
    expect(() => parseListenAddress(value, '--listen')).toThrow("--listen takes an address and a port, not '");
  });

  test.each(['', '-1', '65536', '1e3', 'x'])('refuses the port %s', (value) => {
    expect(() => parsePort(value, '--port')).toThrow("--port takes a port from 0 to 65535, not '");
  });
});
