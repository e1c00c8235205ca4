import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { toError } from '@snoop/snoopdb';
import type { Report } from '../finding.ts';
import type { Locate } from '../path-map.ts';
import type { YamlNode } from '../yaml-node.ts';

/** What a field of a kubeconfig gives, itself or by a file. */
export interface GivenContent {
  readonly line: number;
  /** null: it cannot be read here, which was reported. */
  readonly text: string | null;
}

/** Reads what a kubeconfig embeds or names. */
export interface NamedFiles {
  /** `<name>-data`, else the file of `<name>`; null: neither is there. */
  read(node: YamlNode, name: string, report: Report): GivenContent | null;
  readTokenFile(node: YamlNode, report: Report): GivenContent | null;
}

/**
 * @param kubeconfig its path: relative paths in it start from its folder, as client-go reads them
 * @param locate where a path that the apiserver sees is on this machine
 */
export function createNamedFiles(kubeconfig: string, locate: Locate): NamedFiles {
  const readNamed = (field: YamlNode, name: string, report: Report): GivenContent => {
    const { line, text: path } = field;
    if (!path) {
      report('error', 'missing-file', line, `${name} is empty: it wants the path of a file.`);
      return { line, text: null };
    }
    const found = isAbsolute(path) ? locate(path) : { here: join(dirname(kubeconfig), path) };
    if ('reason' in found) {
      if (found.reason !== null) report('error', 'not-mounted', line, `${name}: ${found.reason}`);
      return { line, text: null };
    }
    const { here } = found;
    if (!existsSync(here)) {
      const message = isAbsolute(path)
        ? `${name} ${path} is not on this machine: without it where it runs, the apiserver does not start.`
        : `${name} ${path} is not there: relative paths start from the kubeconfig's folder. The apiserver does not start without it.`;
      report(isAbsolute(path) ? 'warning' : 'error', 'missing-file', line, message);
      return { line, text: null };
    }
    try {
      if (statSync(here).isFile()) return { line, text: readFileSync(here, 'utf8') };
      report('error', 'missing-file', line, `${name} ${path} is no file.`);
    } catch (error) {
      report('warning', 'unreadable-file', line, `${name} ${path} cannot be read here: ${toError(error).message}.`);
    }
    return { line, text: null };
  };

  return {
    read(node, name, report) {
      const data = node.get(`${name}-data`);
      const field = node.get(name);
      if (data === null) return field === null ? null : readNamed(field, name, report);
      const text = data.text === null ? '' : Buffer.from(data.text, 'base64').toString('utf8');
      if (text.includes('-----BEGIN')) return { line: data.line, text };
      const message = `${name}-data is not the base64 form of a PEM file: 'base64 -w0 FILE' prints it.`;
      report('error', 'bad-data', data.line, message);
      return { line: data.line, text: null };
    },
    readTokenFile(node, report) {
      const field = node.get('tokenFile');
      return field === null ? null : readNamed(field, 'tokenFile', report);
    },
  };
}
