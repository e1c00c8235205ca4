import { splitRelease } from '@snoop/snoopdb';
import { SnoopError } from './errors.ts';

/** The release that `snoop up` starts by default. */
export const defaultRelease = '1.37.2';

const pattern = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(-(?:alpha|beta|rc)\.\d{1,4})?$/;

/**
 * Parses a Kubernetes release: `1.36.3`, `v1.36.3`; `1.36` means `1.36.0`.
 *
 * @throws SnoopError `unknown_release`, exit code 2
 */
export function parseRelease(text: string): string {
  const found = pattern.exec(text.trim());
  if (!found) {
    throw new SnoopError('unknown_release', `'${text}' is not a Kubernetes release.`, {
      exitCode: 2,
      advice: [`Write it as X.Y.Z, for example ${defaultRelease}.`],
    });
  }
  return `${found[1]}.${found[2]}.${found[3] ?? 0}${found[4] ?? ''}`;
}

/**
 * Whether programs of release `wanted` can continue a cluster of release `made`, as in a Kubernetes upgrade: any
 * patch of the same minor release, or the next minor release (version skew policy).
 */
export function canUpgrade(made: string, wanted: string): boolean {
  const [from, to] = [splitRelease(made), splitRelease(wanted)];
  return from.major === to.major && (to.minor === from.minor || to.minor === from.minor + 1);
}
