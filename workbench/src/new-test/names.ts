import { slugify } from '../live-test/unique-name.ts';
import type { ServedKind } from './served-kinds.ts';

/** `ConfigMap` as `config-map`, short enough for a label of 63 characters with a suffix. */
export function slug(kind: string): string {
  return slugify(kind.replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3-$2$4'), 40);
}

/** `config-map-lifecycle.live.ts`; with the version if the group prefers another. */
export function nameFile({ kind, preferred, path, subresource, resource }: ServedKind): string {
  const whole = subresource === null ? kind : `${resource}-${subresource}`;
  return `${slug(whole)}${preferred ? '' : `-${path.version}`}${subresource === null ? '-lifecycle' : ''}.live.ts`;
}

/** The name of the test. */
export function nameTest({ kind, preferred, path }: ServedKind, subresource: ServedKind | null): string {
  const version = preferred ? '' : ` ${path.version}`;
  return subresource === null ? `${kind}${version} lifecycle` : `${kind}${version} ${subresource.subresource}`;
}
