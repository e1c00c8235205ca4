import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { command as pair } from '../../src/cli/pair.ts';
import { explain } from '../../src/command-line/explain.ts';
import { chooseEditor } from '../../src/pair/editor.ts';
import { readTmateServer } from '../../src/pair/tmate-server.ts';
import { chooseTerminal } from '../../src/pair/terminal.ts';
import { runCommand } from '../support/ask.ts';
import { makeFolder } from '../support/folder.ts';

const key = `SHA256:${'a+/9'.repeat(10)}abc`;

test('reads a tmate server from its flags', () => {
  expect(readTmateServer({})).toBeNull();
  expect(readTmateServer({ server: 'tmate.example', ed25519Fingerprint: key })).toEqual({
    ...{ host: 'tmate.example', port: 22, rsaFingerprint: null, ed25519Fingerprint: key },
  });
  expect(readTmateServer({ server: '::1', port: '2200', rsaFingerprint: key })).toEqual({
    ...{ host: '::1', port: 2200, rsaFingerprint: key, ed25519Fingerprint: null },
  });
});

test.each([
  [['--port', '2200'], '--port needs --server.'],
  [['--server', 'tmate.example'], '--server tmate.example needs a fingerprint'],
  [['--server', 'tmate.example:22'], "--server takes a host's name or address, not 'tmate.example:22'"],
  [['--server', 'x" ; run-shell'], "--server takes a host's name or address"],
  [['--server', 'x', '--port', '70000'], "--port takes a number from 1 to 65535, not '70000'"],
  [['--server', 'x', '--rsa-fingerprint', 'aa:bb'], 'SHA256: and 43 characters'],
  [['--server', 'x', '--rsa-fingerprint', key, '--local'], '--local cannot be used with --server.'],
  [['--end', '--local'], '--end can be combined only with'],
  [['--end', 'folder'], '--end can be combined only with'],
  [['no-such-folder'], 'does not exist or is not a folder'],
  [['one', 'two'], "snoop pair takes no 'two'."],
  [['--local', '--author', ' '], '--author is empty.'],
  [['--output', 'csv'], "--output takes text or json, not 'csv'"],
])('%j is wrong use and starts nothing', async (flags, sentence) => {
  const folder = await makeFolder();
  const env = { PATH: process.env.PATH, SNOOP_STATE: join(folder, 'state') };
  const wrong = await runCommand(pair, folder, flags, env).then(() => expect.fail('it was accepted'), explain);
  expect(wrong).toMatchObject({ exitCode: 2, text: expect.stringContaining(sentence) });
  expect(existsSync(env.SNOOP_STATE)).toBe(false);
});

test('the editor is VISUAL, else EDITOR, else an installed one', async () => {
  const folder = await makeFolder();
  expect(chooseEditor({}, [folder])).toBeNull();
  for (const name of ['vi', 'nano', 'emacs']) {
    await writeFile(join(folder, name), '');
    await chmod(join(folder, name), 0o755);
    if (name === 'nano') expect(chooseEditor({}, [folder])).toEqual({ line: 'nano', opensFolders: false });
  }
  expect(chooseEditor({}, [folder])).toEqual({ line: 'emacs -nw', opensFolders: true });
  expect(chooseEditor({ EDITOR: 'nano -l' }, [folder])).toEqual({ line: 'nano -l', opensFolders: false });
  expect(chooseEditor({ EDITOR: 'nano', VISUAL: '/opt/bin/nvim -R' }, [folder])).toEqual({
    ...{ line: '/opt/bin/nvim -R', opensFolders: true },
  });
});

test('uses TERM if this machine describes it', async () => {
  const TERMINFO = await makeFolder();
  await mkdir(join(TERMINFO, 'm'));
  await writeFile(join(TERMINFO, 'm', 'my-terminal'), '');
  expect(chooseTerminal({ TERM: 'my-terminal', TERMINFO })).toBe('my-terminal');
  for (const TERM of ['my-terminal', 'dumb', '', '../../etc/passwd'])
    expect(chooseTerminal({ TERM })).toMatch(/^(xterm|screen|linux|vt100)/);
});
