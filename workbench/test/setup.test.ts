import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder } from './support/folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const setup = ['workbench/bin/setup.mjs', 'workbench/bin/pnpm.mjs'];

/** Starts a registry with another pnpm under the pinned version, and a matching hash. */
async function startRegistry(version: string, tarball: Buffer): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    asked.push(url);
    if (url.endsWith('.tgz')) return void response.end(tarball);
    const name = decodeURIComponent(url.slice(1));
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    const dist = { tarball: `http://${headers.host}/pnpm.tgz`, integrity };
    const versions = { [version]: { name, version, dist } };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name, 'dist-tags': { latest: version }, versions }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

/** Writes a mark when it is run. */
function makeTarball(folder: string, version: string, mark: string): Buffer {
  mkdirSync(join(folder, 'package'));
  const manifest = { name: '@pnpm/exe', version, scripts: { preinstall: 'node pnpm' } };
  writeFileSync(join(folder, 'package/package.json'), JSON.stringify(manifest));
  const program = `#!/usr/bin/env node\nrequire('node:fs').writeFileSync(${JSON.stringify(mark)}, '');\n`;
  writeFileSync(join(folder, 'package/pnpm'), program, { mode: 0o755 });
  execFileSync('tar', ['-czf', join(folder, 'pnpm.tgz'), '-C', folder, 'package']);
  return readFileSync(join(folder, 'pnpm.tgz'));
}

// Only Linux has a pinned program.
test.runIf(process.platform === 'linux')(
  'does not run a pnpm other than the pinned one',
  { timeout: 120_000 },
  async () => {
    const folder = await makeFolder();
    const mark = join(folder, 'was-run');
    for (const file of [...setup, 'package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml']) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      cpSync(join(root, file), join(folder, file));
    }
    const [, version = ''] = /^const version = '(.+)';$/m.exec(readFileSync(join(root, setup[1] ?? ''), 'utf8')) ?? [];
    const registry = await startRegistry(version, makeTarball(folder, version, mark));
    const env = { ...process.env, npm_config_registry: registry.url, npm_config_cache: join(folder, 'cache') };
    const ended = await new Promise<{ exitCode: unknown; stderr: string }>((resolve) => {
      execFile(process.execPath, [join(folder, setup[0] ?? ''), '--packages'], { env }, (error, _stdout, stderr) =>
        resolve({ exitCode: error?.code ?? 0, stderr }),
      );
    });
    expect(registry.asked, ended.stderr).toContain('/pnpm.tgz');
    expect(ended.exitCode).toBe(3);
    expect(ended.stderr).toContain('has the wrong hash');
    expect(existsSync(mark)).toBe(false);
  },
);
