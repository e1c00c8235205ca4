import { splitRelease } from '@snoop/snoopdb';
import { SnoopError } from './errors.ts';

/** The release that `snoop up` starts unless told otherwise. */
export const defaultRelease = '1.36.3';

const pattern = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(-(?:alpha|beta|rc)\.\d{1,4})?$/;

/**
 * Reads a Kubernetes release a person typed: `1.36.3`, `v1.36.3`; `1.36` means `1.36.0`.
 *
 * @throws SnoopError `unknown_release`, exit code 2
 */
export function parseRelease(text: string): string {
  const found = pattern.exec(text.trim());
  if (!found) {
    throw new SnoopError('unknown_release', `'${text}' is no Kubernetes release.`, {
      exitCode: 2,
      advice: [`Write it as X.Y.Z, for example ${defaultRelease}.`],
    });
  }
  return `${found[1]}.${found[2]}.${found[3] ?? 0}${found[4] ?? ''}`;
}

/**
 * Whether a cluster of `made` can be continued by the programs of `wanted`, as a Kubernetes upgrade may:
 * any patch of the same minor release, or the next minor release (see the Kubernetes version skew policy).
 */
export function canUpgrade(made: string, wanted: string): boolean {
  const [from, to] = [splitRelease(made), splitRelease(wanted)];
  return from.major === to.major && (to.minor === from.minor || to.minor === from.minor + 1);
}
