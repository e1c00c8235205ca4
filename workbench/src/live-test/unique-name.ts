import { createRandomName } from '../journal/run-id.ts';

/** The limit of a DNS label (RFC 1123), as of most names in Kubernetes. */
const maxCharacters = 63;
const randomCharacters = 8;

/**
 * Creates a unique name: `<prefix>-<random>`. It is a valid DNS label that starts with a letter, as Services need,
 * for every prefix: other characters become hyphens, and it is cut to 63 characters.
 *
 * @example const name = uniqueName('pt');
 */
export function uniqueName(prefix = 'live'): string {
  const most = maxCharacters - randomCharacters - 1;
  const slug = slugify(prefix, most);
  const head = /^[a-z]/.test(slug) ? slug : slugify(`live-${slug}`, most);
  return `${head}-${createRandomName(randomCharacters)}`;
}

/** Replaces other characters than letters and digits by hyphens, without leading or trailing ones. */
export function slugify(text: string, most: number): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, most)
    .replace(/^-+|-+$/g, '');
}
