import { dirname, isAbsolute, resolve } from 'node:path';
import type { Cluster, Context, KubeConfig, User } from '@kubernetes/client-node';
// Of the client library only this file: the whole takes longer to load than most commands to answer.
import { newClusters, newContexts, newUsers } from '@kubernetes/client-node/dist/config_types.js';
import { explainSystemError, isSystemError, readRegularFile } from '@snoop/snoopdb';
import { load } from 'js-yaml';
import { SnoopError } from '../errors.ts';

/** Where a kubeconfig comes from: one or several files, of which the first to name a thing wins (as with kubectl). */
export interface KubeconfigChoice {
  readonly files: readonly string[];
  /** null: the current context of the files. */
  readonly context: string | null;
}

/** What the chosen files say together. */
export interface Kubeconfig {
  readonly clusters: readonly Cluster[];
  readonly users: readonly User[];
  readonly contexts: readonly Context[];
  readonly context: Context;
  readonly cluster: Cluster;
}

/**
 * Reads the chosen kubeconfig into `config`, which is empty so far.
 *
 * @throws SnoopError as `readKubeconfig`
 */
export function loadKubeconfig<T extends KubeConfig>(config: T, choice: KubeconfigChoice): T {
  const { clusters, users, contexts, context } = readKubeconfig(choice);
  config.loadFromOptions({ clusters, users, contexts, currentContext: context.name });
  return config;
}

/**
 * Reads the chosen kubeconfig. It needs no client, so a command that sends no request loads none.
 *
 * @throws SnoopError `bad_kubeconfig` when a file cannot be read, `unknown_context` when the context is not there
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
      advice: contexts.length > 0 ? [`Name one with --context: ${contexts.map(({ name }) => name).join(', ')}`] : [],
    });
  }
  const cluster = clusters.find(({ name }) => name === context.cluster);
  if (!cluster) {
    throw new SnoopError(
      'unknown_context',
      `The context '${context.name}' names a cluster that is not in ${files.join(', ')}.`,
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
        advice: ['Name another one: --kubeconfig FILE.'],
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

/** The first file to name a thing wins. */
function keepFirst<T extends { name: string }>(entries: readonly T[]): T[] {
  const seen = new Set<string>();
  return entries.filter(({ name }) => !seen.has(name) && seen.add(name));
}

/** Two of one name in one file are a mistake, as with kubectl. */
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
 * The files that users' tokens are in, by the user's name. The client library passes over `tokenFile`, and a request
 * without credentials is not refused but anonymous. A relative path begins at the kubeconfig, as with kubectl.
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

/** It beats a token beside it, as with kubectl, and is read again when it is a minute old: the kubelet renews it. */
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
 * Of the files in `KUBECONFIG` those that say something: as kubectl does, missing and empty ones are passed over.
 *
 * @throws SnoopError `bad_kubeconfig` when none is left
 */
export function skipMissing(files: readonly string[]): string[] {
  const left = files.filter((file) => {
    try {
      return readRegularFile(file).trim() !== '';
    } catch (error) {
      // Another error is told when the file is read for what is in it.
      return !isSystemError(error, 'ENOENT');
    }
  });
  if (left.length > 0) return left;
  throw new SnoopError('bad_kubeconfig', `There is no kubeconfig: ${files.join(', ')} is missing or empty.`, {
    exitCode: 2,
    advice: ['Name one: --kubeconfig FILE.'],
  });
}

interface Entries {
  readonly clusters: unknown[];
  readonly users: unknown[];
  readonly contexts: unknown[];
  readonly 'current-context'?: string;
}

/** The client library wants the lists to be there, and of JSON's types: YAML makes times of some names. */
function readEntries(text: string): Entries {
  if (text.trim() === '') throw new Error('it is empty');
  const kubeconfig: unknown = load(text);
  if (typeof kubeconfig !== 'object' || Array.isArray(kubeconfig)) throw new Error('it holds no kubeconfig');
  const [clusters, users, contexts] = (['clusters', 'users', 'contexts'] as const).map((name) => {
    const entries = getField(kubeconfig, name) ?? [];
    if (!Array.isArray(entries)) throw new Error(`its ${name} are no list`);
    return entries;
  });
  const entries: Entries = JSON.parse(JSON.stringify({ ...kubeconfig, clusters, users, contexts }));
  return entries;
}

/** A cluster that is spoken to in plain, such as kubectl proxy, has no certificate to verify; the library wants that said. */
function checkServer(file: string, cluster: Cluster): Cluster {
  const url = URL.canParse(cluster.server) ? new URL(cluster.server) : null;
  if (url?.protocol === 'https:') return cluster;
  if (url?.protocol === 'http:') return { ...cluster, skipTLSVerify: true };
  throw new SnoopError(
    'bad_kubeconfig',
    `The cluster '${cluster.name}' in ${file} has the server '${cluster.server}', which is no address.`,
    { exitCode: 2, advice: ['It must begin with https:// or http://, and its port is a number from 1 to 65535.'] },
  );
}

/** A program that is named by a path is looked for beside the kubeconfig, as with kubectl. */
function withPlugin(file: string, user: User): User {
  const command: unknown = user.exec?.command;
  if (typeof command !== 'string' || !command.includes('/') || isAbsolute(command)) return user;
  return { ...user, exec: { ...user.exec, command: resolve(dirname(file), command) } };
}
