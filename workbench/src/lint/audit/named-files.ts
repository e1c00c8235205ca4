import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { explainSystemError } from '@snoop/snoopdb';
import type { Report } from '../finding.ts';
import { type Locate, locateHere, type PathView } from '../path-map.ts';
import type { YamlNode } from '../yaml-node.ts';

/** The content of a kubeconfig field, inline or from a file. */
export interface GivenContent {
  readonly line: number;
  /** null: it cannot be read here, which is reported. */
  readonly text: string | null;
}

/** A kubeconfig's file, and how to find the paths in it. */
export interface KubeconfigLocation {
  /** Relative paths start at its folder, as in client-go. */
  readonly file: string;
  readonly locate: Locate;
}

/** Reads `<name>-data`, else the file of `<name>`. @returns null when neither is set */
export function readContent(
  node: YamlNode,
  name: string,
  { file: kubeconfig, locate }: KubeconfigLocation,
  report: Report,
): GivenContent | null {
  const data = node.get(`${name}-data`);
  if (data?.text) return { line: data.line, text: Buffer.from(data.text, 'base64').toString('utf8') };
  const field = node.get(name);
  if (!field?.text) return null;
  const { line, text: path } = field;
  const file = isAbsolute(path)
    ? locateFile(name, path, line, { locate, isHere: false }, report)
    : locateFile(name, join(dirname(kubeconfig), path), line, { locate: locateHere, isHere: true }, report);
  try {
    if (file !== null) return { line, text: readFileSync(file, 'utf8') };
  } catch (error) {
    report('warning', 'unreadable-file', line, `${name} ${path} cannot be read here: ${explainSystemError(error)}.`);
  }
  return { line, text: null };
}

/**
 * Finds a file that an apiserver needs to start. A missing file is reported: its content cannot be checked, and the
 * apiserver's message stays in a container that kind and kubeadm remove.
 *
 * @param name the flag or field that names it
 * @returns the file on this machine
 */
export function locateFile(
  name: string,
  path: string,
  line: number,
  { locate, isHere }: PathView,
  report: Report,
): string | null {
  const found = locate(path);
  if ('reason' in found) {
    if (found.reason !== null) report('error', 'not-mounted', line, found.reason);
    return null;
  }
  const { here } = found;
  const isThere = existsSync(here);
  if (isThere && statSync(here).isFile()) return here;
  const where = here === path ? path : `${path} (${here} on its host)`;
  const what = isThere ? 'is not a file' : 'is not on this machine';
  const message = `${name}: ${where} ${what}. The apiserver does not start without it. Fix the path, or create the file.`;
  report(isThere || isHere ? 'error' : 'warning', 'missing-file', line, message);
  return null;
}
