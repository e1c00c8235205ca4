import { dirname, isAbsolute, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import type { Cluster, User } from '@kubernetes/client-node';
import { explainSystemError, isSystemError, readRegularFile } from '@snoop/snoopdb';
import { load } from 'js-yaml';
import { SnoopError } from '../errors.ts';

/** Where a kubeconfig comes from: one or several files, of which the first to name a thing wins (as with kubectl). */
export interface KubeconfigChoice {
  readonly files: readonly string[];
  /** null: the current context of the files. */
  readonly context: string | null;
}

/**
 * Reads the chosen kubeconfig into `config`, which is empty so far.
 *
 * @throws SnoopError `bad_kubeconfig` when a file cannot be read, `unknown_context` when the context is not there
 */
export function loadKubeconfig<T extends KubeConfig>(config: T, choice: KubeconfigChoice): T {
  for (const file of choice.files) addFile(config, file);
  if (choice.context !== null) config.setCurrentContext(choice.context);
  const context = config.getCurrentContext();
  const contexts = config.getContexts().map(({ name }) => name);
  if (!contexts.includes(context)) {
    const wanted = context ? `There is no context '${context}'` : 'No context is set';
    throw new SnoopError('unknown_context', `${wanted} in ${choice.files.join(', ')}.`, {
      exitCode: 2,
      advice: contexts.length > 0 ? [`Name one with --context: ${contexts.join(', ')}`] : [],
    });
  }
  if (!config.getCurrentCluster()) {
    throw new SnoopError(
      'unknown_context',
      `The context '${context}' names a cluster that is not in ${choice.files.join(', ')}.`,
      {
        exitCode: 2,
      },
    );
  }
  return config;
}

function addFile(config: KubeConfig, file: string): void {
  const one = new KubeConfig();
  let tokenFiles: Map<string, string>;
  let text: string;
  try {
    text = readRegularFile(file);
    one.loadFromString(JSON.stringify(readEntries(text)));
    // As loadFromFile does: the paths in it are relative to it.
    one.makePathsAbsolute(dirname(file));
    tokenFiles = readTokenFiles(file, text);
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
  const known = { clusters: names(config.clusters), users: names(config.users), contexts: names(config.contexts) };
  for (const cluster of one.clusters)
    if (!known.clusters.has(cluster.name)) config.addCluster(checkServer(file, cluster));
  for (const user of one.users)
    if (!known.users.has(user.name)) config.addUser(withPlugin(file, withTokenFile(user, tokenFiles)));
  for (const context of one.contexts) if (!known.contexts.has(context.name)) config.addContext(context);
  if (!config.currentContext && one.currentContext) config.setCurrentContext(one.currentContext);
}

/**
 * The files that users' tokens are in, by the user's name. The client library passes over `tokenFile`, and a request
 * without credentials is not refused but anonymous. A relative path begins at the kubeconfig, as with kubectl.
 */
function readTokenFiles(file: string, text: string): Map<string, string> {
  const found = new Map<string, string>();
  const kubeconfig: unknown = load(text);
  const users = getField(kubeconfig, 'users');
  for (const entry of Array.isArray(users) ? users : []) {
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

function names(list: readonly { name: string }[]): Set<string> {
  return new Set(list.map(({ name }) => name));
}

/**
 * Of the files in `KUBECONFIG` those that say something: as kubectl does, missing and empty ones are passed over.
 *
 * @throws SnoopError `bad_kubeconfig` when none is left
 */
export function passOverMissing(files: readonly string[]): string[] {
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

/** The lists of a kubeconfig; the client library wants them to be there. */
function readEntries(text: string): object {
  if (text.trim() === '') throw new Error('it is empty');
  const kubeconfig: unknown = load(text);
  if (typeof kubeconfig !== 'object' || Array.isArray(kubeconfig)) throw new Error('it holds no kubeconfig');
  const listed = Object.fromEntries(
    ['clusters', 'users', 'contexts'].map((name) => {
      const entries = getField(kubeconfig, name) ?? [];
      if (!Array.isArray(entries)) throw new Error(`its ${name} are no list`);
      return [name, entries];
    }),
  );
  return { ...kubeconfig, ...listed };
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
