#!/usr/bin/env node
/**
 * Fetches the project's package manager with npm, and verifies it before it runs:
 *
 *   node workbench/bin/pnpm.mjs FOLDER      # creates FOLDER/package/pnpm
 *
 * Needs only Node, npm and tar, so it imports no package of the project.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const version = '12.21.0';

export const pnpm = `pnpm@${version}`;

/** Hashes of the packages of each platform, as `npm view @pnpm/exe.linux-x64@X.Y.Z dist.integrity` prints them. */
const integrities = {
  'linux-x64': 'sha512-8eufCjHXspKbNS/kh8q4Q0gqJoOuvC4Q5pgos6XS8By/nAMtP+jf8F1Cw9er840kfAX+PJ/ts+A9qnLE91rvXQ==',
  'linux-arm64': 'sha512-4Oj/iF2TDCe2lcH0n4TupPR5sSdrNLclJB6xBElLMPCUOAvBhdf2rRlSaO5M4erJ6g4Fyy7YTXTpcmfFsKyxEA==',
};

/** This machine's key in `integrities`, whose programs need glibc; null: there is none. */
export function findPlatform() {
  const name = `${process.platform}-${process.arch}`;
  const isGlibc = process.report.getReport().header.glibcVersionRuntime !== undefined;
  return name in integrities && isGlibc ? name : null;
}

/**
 * Fetches pnpm from npm's registry.
 *
 * @param platform from {@link findPlatform}
 * @param folder empty or missing
 * @returns the program's path
 * @throws if it cannot be fetched or its hash differs
 */
export async function fetchPnpm(platform, folder) {
  const run = promisify(execFile);
  const spec = `@pnpm/exe.${platform}@${version}`;
  mkdirSync(folder, { recursive: true });
  await run('npm', ['pack', spec, '--pack-destination', folder, '--prefer-offline', '--silent'], { cwd: folder });
  const [file] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  if (file === undefined) throw new Error(`npm pack ${spec} left no package in ${folder}.`);
  const archive = join(folder, file);
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrities[platform]) {
    throw new Error(`${spec} has the wrong hash: ${found} instead of ${integrities[platform]}.`);
  }
  await run('tar', ['-xzf', archive, '-C', folder]);
  const program = join(folder, 'package', 'pnpm');
  chmodSync(program, 0o755);
  return program;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const platform = findPlatform();
  if (platform === null || process.argv.length !== 3) {
    const known = Object.keys(integrities).join(', ');
    process.stderr.write(`pnpm: Pass one folder, on a platform with a pinned program: ${known}, with glibc.\n`);
    process.exitCode = 2;
  } else {
    await fetchPnpm(platform, resolve(process.argv[2])).catch((error) => {
      process.stderr.write(`pnpm: ${error.message}\n`);
      process.exitCode = 3;
    });
  }
}
