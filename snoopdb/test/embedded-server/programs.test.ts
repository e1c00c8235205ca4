import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { linkLibraries } from '../../src/embedded-server/programs.ts';

test('creates the library links that an install script did not create', () => {
  const folder = mkdtempSync(join(tmpdir(), 'snoopdb-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'native/lib'), { recursive: true });
  linkLibraries(folder);
  writeFileSync(join(folder, 'native/lib/libpq.so.5.18'), 'library');
  const source = 'native/lib/libpq.so.5.18';
  const links = ['native/lib/libpq.so', 'native/lib/libpq.so.5'].map((target) => ({ source, target }));
  writeFileSync(join(folder, 'native/pg-symlinks.json'), JSON.stringify(links));
  linkLibraries(folder);
  linkLibraries(folder);
  expect(readFileSync(join(folder, 'native/lib/libpq.so.5'), 'utf8')).toBe('library');
});
