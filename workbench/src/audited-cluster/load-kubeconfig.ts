import { dirname, isAbsolute, resolve } from 'node:path';
import type { Cluster, Context, KubeConfig, User } from '@kubernetes/client-node';
// Import only this file: loading the whole client library takes longer than most commands.
import { newClusters, newContexts, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import { explainSystemError, isSystemError, readRegularFile } from '@snoop/snoopdb';
import { load } from 'js-yaml';
import { SnoopError } from '../errors.ts';

/** The files of a kubeconfig; the first to define a name wins, as in kubectl. */
export interface KubeconfigChoice {
  readonly files: readonly string[];
  /** null: the files' current context. */
  readonly context: string | null;
}

/** The merged content of the files. */
export interface Kubeconfig {
  readonly clusters: readonly Cluster[];
  readonly users: readonly User[];
  readonly contexts: readonly Context[];
  readonly context: Context;
  readonly cluster: Cluster;
}

/** Hands what was read to the client library. @param config empty so far */
export function fillKubeConfig<T extends KubeConfig>(
  config: T,
  { clusters, users, contexts, context }: Pick<Kubeconfig, 'clusters' | 'users' | 'contexts' | 'context'>,
): T {
  config.loadFromOptions({ clusters, users, contexts, currentContext: context.name });
  return config;
}

/**
 * Reads a kubeconfig without the client library, so that commands that send no request start fast.
 *
 * @throws SnoopError `bad_kubeconfig` when a file cannot be read, `unknown_context` when the context does not exist
 */
export function readKubeconfig({ files, context: chosen }: KubeconfigChoice): Kubeconfig {
  const all = files.map(readFile);
  const clusters = keepFirst(all.flatMap((one) => one.clusters));
  const users = keepFirst(all.flatMap((one) => one.users));
  const contexts = keepFirst(all.flatMap((one) => one.contexts));
  const wanted = chosen ?? all.map((one) => one.currentContext).find(Boolean);
  const context = contexts.find(({ name }) => name === wanted);
  if (!context) {
    const missing = wanted ? `There is no context '${wanted}'` : 'No context is set';
    throw new SnoopError('unknown_context', `${missing} in ${files.join(', ')}.`, {
      exitCode: 2,
      advice: contexts.length > 0 ? [`Choose one with --context: ${contexts.map(({ name }) => name).join(', ')}`] : [],
    });
  }
  const cluster = clusters.find(({ name }) => name === context.cluster);
  if (!cluster) {
    throw new SnoopError(
      'unknown_context',
      `The cluster '${context.cluster}' of the context '${context.name}' is not in ${files.join(', ')}.`,
      { exitCode: 2 },
    );
  }
  return { clusters, users, contexts, context, cluster };
}

interface OneFile extends Pick<Kubeconfig, 'clusters' | 'users' | 'contexts'> {
  readonly currentContext: string | undefined;
}

function readFile(file: string): OneFile {
  let entries: Entries;
  let one: OneFile;
  let tokenFiles: Map<string, string>;
  try {
    const text = readRegularFile(file);
    entries = readEntries(text);
    one = {
      clusters: refuseTwice('cluster', newClusters(entries.clusters)),
      users: refuseTwice('user', newUsers(entries.users)),
      contexts: refuseTwice('context', newContexts(entries.contexts)),
      currentContext: entries['current-context'],
    };
    tokenFiles = readTokenFiles(file, entries);
  } catch (error) {
    throw new SnoopError(
      'bad_kubeconfig',
      `The kubeconfig ${file} cannot be read: ${explainSystemError(error).split('\n', 1)[0]}.`,
      {
        exitCode: 2,
        cause: error,
        advice: ['Use another one: --kubeconfig FILE.'],
      },
    );
  }
  return {
    ...one,
    clusters: one.clusters.map((cluster) => withPaths(file, checkServer(file, cluster), ['caFile'])),
    users: one.users.map((user) =>
      withPlugin(file, withTokenFile(withPaths(file, user, ['certFile', 'keyFile']), tokenFiles)),
    ),
  };
}

/** The first file to define a name wins. */
function keepFirst<T extends { name: string }>(entries: readonly T[]): T[] {
  const seen = new Set<string>();
  return entries.filter(({ name }) => !seen.has(name) && seen.add(name));
}

/** A duplicate name in one file is an error, as in kubectl. */
function refuseTwice<T extends { name: string }>(kind: string, entries: T[]): T[] {
  const seen = new Set<string>();
  for (const { name } of entries) {
    if (seen.has(name)) throw new Error(`it has two entries for the ${kind} '${name}'`);
    seen.add(name);
  }
  return entries;
}

/** Paths in a kubeconfig are relative to it. */
function withPaths<T extends object>(file: string, entry: T, names: readonly (keyof T)[]): T {
  const absolute = names.flatMap((name) => {
    const path = entry[name];
    return typeof path === 'string' && path !== '' ? [[name, resolve(dirname(file), path)]] : [];
  });
  return { ...entry, ...Object.fromEntries(absolute) };
}

/**
 * Reads the token file of each user. The client library ignores `tokenFile`, and a request without credentials is
 * anonymous instead of refused. Relative paths start at the kubeconfig, as in kubectl.
 */
function readTokenFiles(file: string, { users }: Entries): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of users) {
    const name = getField(entry, 'name');
    const tokenFile = getField(getField(entry, 'user'), 'tokenFile');
    if (typeof name === 'string' && typeof tokenFile === 'string' && tokenFile !== '') {
      found.set(name, resolve(dirname(file), tokenFile));
    }
  }
  return found;
}

/**
 * A token file takes precedence over `token`, as in kubectl. It is read again when older than a minute, since the
 * kubelet renews it.
 */
function withTokenFile(user: User, tokenFiles: ReadonlyMap<string, string>): User {
  const tokenFile = tokenFiles.get(user.name);
  if (tokenFile === undefined) return user;
  const { token: _beaten, ...others } = user;
  return { ...others, authProvider: { name: 'tokenFile', config: { tokenFile } } };
}

function getField(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

/**
 * Skips missing and empty files of `KUBECONFIG`, as kubectl does.
 *
 * @throws SnoopError `bad_kubeconfig` when none is left
 */
export function skipMissing(files: readonly string[]): string[] {
  const left = files.filter((file) => {
    try {
      return readRegularFile(file).trim() !== '';
    } catch (error) {
      // Other errors are reported when the file is read.
      return !isSystemError(error, 'ENOENT');
    }
  });
  if (left.length > 0) return left;
  throw new SnoopError('bad_kubeconfig', `No kubeconfig: ${files.join(', ')} is missing or empty.`, {
    exitCode: 2,
    advice: ['Use one: --kubeconfig FILE.'],
  });
}

interface Entries {
  readonly clusters: unknown[];
  readonly users: unknown[];
  readonly contexts: unknown[];
  readonly 'current-context'?: string;
}

/** The client library needs all lists, with JSON types: YAML reads some names as times. */
function readEntries(text: string): Entries {
  if (text.trim() === '') throw new Error('it is empty');
  const kubeconfig: unknown = load(text);
  if (typeof kubeconfig !== 'object' || Array.isArray(kubeconfig)) throw new Error('it is not a kubeconfig');
  const [clusters, users, contexts] = (['clusters', 'users', 'contexts'] as const).map((name) => {
    const entries = getField(kubeconfig, name) ?? [];
    if (!Array.isArray(entries)) throw new Error(`its ${name} are not a list`);
    return entries;
  });
  const entries: Entries = JSON.parse(JSON.stringify({ ...kubeconfig, clusters, users, contexts }));
  return entries;
}

/** The library requires skipTLSVerify for a cluster over plain HTTP, such as kubectl proxy. */
function checkServer(file: string, cluster: Cluster): Cluster {
  const url = URL.canParse(cluster.server) ? new URL(cluster.server) : null;
  if (url?.protocol === 'https:') return cluster;
  if (url?.protocol === 'http:') return { ...cluster, skipTLSVerify: true };
  throw new SnoopError(
    'bad_kubeconfig',
    `The cluster '${cluster.name}' in ${file} has the server '${cluster.server}', which is not a URL.`,
    { exitCode: 2, advice: ['It must start with https:// or http://; ports are 1 to 65535.'] },
  );
}

/** A plugin's relative path starts at the kubeconfig, as in kubectl. */
function withPlugin(file: string, user: User): User {
  const command: unknown = user.exec?.command;
  if (typeof command !== 'string' || !command.includes('/') || isAbsolute(command)) return user;
  return { ...user, exec: { ...user.exec, command: resolve(dirname(file), command) } };
}
