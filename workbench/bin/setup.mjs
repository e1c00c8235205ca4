#!/usr/bin/env node
/**
 * Installs the packages and builds; with --packages only installs. Does nothing, without network and in a fraction of a
 * second, if nothing has changed. Needs only Node, so it imports no package of the project.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fetchPnpm, findPlatform, pnpm } from './pnpm.mjs';

const neededNode = [20, 19];

const packagesOnly = process.argv.includes('--packages');
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const web = join(root, 'workbench', 'web');
const stampFile = join(root, 'node_modules', '.snoop-setup.json');
const lockFolder = join(root, '.snoop-setup');

/** An error whose message is printed; other errors are bugs of this script. */
class SetupError extends Error {}

async function setUp() {
  checkNode();
  if (isInstalled() && isBuilt()) return;
  await withLock(async () => {
    // Checked again: the previous holder of the lock may have done it.
    if (!isInstalled()) {
      await installPackages();
      writeStamp({ installed: hashOfPackages() });
    }
    if (!isBuilt()) {
      const sources = hashOfSources();
      const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
      const advice = 'Correct the errors above, then try again.';
      await runStep('Building', process.execPath, [tsc, '-b'], advice);
      const vite = join(web, 'node_modules', 'vite', 'bin', 'vite.js');
      await runStep('Building the page', process.execPath, [vite, 'build', '--logLevel', 'warn', web], advice);
      writeStamp({ built: sources });
    }
  });
}

/** Installs with a verified pnpm, which is deleted with the lock's folder. */
async function installPackages() {
  const advice = 'Is the package registry reachable? Then try again.';
  const title = `Installing packages with ${pnpm}`;
  const args = ['install', '--frozen-lockfile'];
  const platform = findPlatform();
  if (platform === null) {
    process.stderr.write(`${pnpm} is not verified: this platform has no pinned hash.\n`);
    return runStep(title, 'npx', ['--yes', pnpm, ...args], advice);
  }
  const program = await fetchPnpm(platform, join(lockFolder, 'pnpm')).catch((error) => {
    throw new SetupError(`${pnpm} cannot be fetched: ${error.message.trim()} ${advice}`);
  });
  await runStep(title, program, args, advice);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [neededMajor, neededMinor] = neededNode;
  if (major > neededMajor || (major === neededMajor && minor >= neededMinor)) return;
  throw new SetupError(
    `Node ${neededNode.join('.')} or newer is needed; this is ${process.versions.node} (${process.execPath}).`,
  );
}

function isInstalled() {
  return readStamp().installed === hashOfPackages();
}

function isBuilt() {
  if (packagesOnly) return true;
  const built = listPackages().filter((folder) => existsSync(join(folder, 'src')));
  return readStamp().built === hashOfSources() && built.every((folder) => existsSync(join(folder, 'dist')));
}

/** The folders that are packages of the workspace. */
function listPackages() {
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...folders.map(({ name }) => join(root, name)), web].filter((folder) =>
    existsSync(join(folder, 'package.json')),
  );
}

/** Hashes everything that an installation depends on. */
function hashOfPackages() {
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'].map((name) => join(root, name));
  const manifests = listPackages().map((folder) => join(folder, 'package.json'));
  const hash = createHash('sha256').update([pnpm, process.platform, process.arch, process.versions.modules].join(' '));
  for (const file of [...files, ...manifests]) hash.update(`\n${relative(root, file)}\n`).update(readFileSync(file));
  return hash.digest('hex');
}

/** Hashes the times and sizes of all sources: reading them takes longer than a compiler run without changes. */
function hashOfSources() {
  const hash = createHash('sha256').update(readStamp().installed ?? '');
  const add = (file) => {
    const { mtimeMs, size } = statSync(file);
    hash.update(`${relative(root, file)} ${mtimeMs} ${size}\n`);
  };
  for (const name of readdirSync(root)) if (name.startsWith('tsconfig')) add(join(root, name));
  for (const folder of listPackages()) {
    const sources = join(folder, 'src');
    for (const name of ['tsconfig.json', 'vite.config.ts']) {
      if (existsSync(join(folder, name))) add(join(folder, name));
    }
    if (!existsSync(sources)) continue;
    const entries = readdirSync(sources, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const file of entries.map((entry) => join(entry.parentPath, entry.name)).sort()) add(file);
  }
  return hash.digest('hex');
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

function writeStamp(change) {
  writeFileSync(`${stampFile}.draft`, `${JSON.stringify({ ...readStamp(), ...change })}\n`);
  renameSync(`${stampFile}.draft`, stampFile);
}

/** Runs one setup at a time in this clone; takes over the lock of a killed one. */
async function withLock(work) {
  const holderFile = join(lockFolder, 'holder');
  for (let hasReported = false; ; ) {
    try {
      mkdirSync(lockFolder);
      writeFileSync(holderFile, JSON.stringify(identify(process.pid)));
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = readHolder(holderFile);
    if (holder !== null && !isAlive(holder)) {
      removeLock(holderFile, holder);
      continue;
    }
    if (!hasReported)
      process.stderr.write(`Waiting for another setup of this clone${holder ? ` (process ${holder.pid})` : ''} …\n`);
    hasReported = true;
    await wait(200);
  }
  const release = () => rmSync(lockFolder, { recursive: true, force: true });
  const onSignal = (signal) => {
    release();
    process.kill(process.pid, signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, onSignal);
  try {
    await work();
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, onSignal);
    release();
  }
}

/** null: a setup is just taking the lock. A dead holder: it was killed while taking the lock, ten seconds ago or more. */
function readHolder(holderFile) {
  try {
    return JSON.parse(readFileSync(holderFile, 'utf8'));
  } catch {
    const takenAt = statSync(lockFolder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    return Date.now() - takenAt > 10_000 ? { pid: 0, start: 'never' } : null;
  }
}

/** Renames the folder before it is deleted, so that only one of two processes removes the lock. */
function removeLock(holderFile, deadHolder) {
  const dead = readHolder(holderFile);
  if (dead?.pid !== deadHolder.pid || dead.start !== deadHolder.start) return;
  const renamed = join(root, `.snoop-setup-${process.pid}`);
  try {
    renameSync(lockFolder, renamed);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  rmSync(renamed, { recursive: true, force: true });
}

/** The start time distinguishes reused process ids; only Linux has it without another program. */
function identify(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { pid, start: fields[19] };
  } catch {
    return { pid, start: '' };
  }
}

function isAlive({ pid, start }) {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  return start === identify(pid).start;
}

/** Runs a program. Prints its output only if it fails, its title only if it takes longer than a second. */
async function runStep(title, command, args, advice) {
  const started = performance.now();
  const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;
  let shown = false;
  const report = () => {
    process.stderr.write(shown ? `${title} … ${seconds()}\n` : `${title} …\n`);
    shown = true;
  };
  const first = setTimeout(report, 1000);
  const heartbeat = setInterval(report, 15_000);
  try {
    const { code, output } = await run(command, args);
    if (code === 0) return;
    process.stderr.write(`${output}\n`);
    throw new SetupError(`${title} failed (${[command, ...args].join(' ')}). ${advice}`);
  } finally {
    clearTimeout(first);
    clearInterval(heartbeat);
    if (shown) process.stderr.write(`${title}: ${seconds()}\n`);
  }
}

function run(command, args) {
  return new Promise((resolve) => {
    // CI disables pnpm's prompts and progress bars.
    const env = { ...process.env, CI: 'true', NO_UPDATE_NOTIFIER: '1' };
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
    const end = (code, more = '') => resolve({ code, output: `${Buffer.concat(chunks)}${more}`.trim() });
    child.once('error', (error) => end(null, error.message));
    child.once('close', (code) => end(code));
  });
}

try {
  await setUp();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`setup: ${error.message}\n`);
  process.exitCode = 3;
}
