import { createRandomName } from '../journal/run-id.ts';

/** Of a DNS label, as most names in Kubernetes are (RFC 1123). */
const maxCharacters = 63;
const randomCharacters = 8;

/**
 * A name that no other object has: `<prefix>-<random>`. It is a valid DNS label that begins with a letter, as names of
 * Services have to, whatever the prefix: other characters become hyphens, and it is cut so that 63 characters suffice.
 *
 * @example const name = uniqueName('pt');
 */
export function uniqueName(prefix = 'live'): string {
  const most = maxCharacters - randomCharacters - 1;
  const slug = slugify(prefix, most);
  const head = /^[a-z]/.test(slug) ? slug : slugify(`live-${slug}`, most);
  return `${head}-${createRandomName(randomCharacters)}`;
}

/** Letters and digits of a text, the others as hyphens, none of them at an end. */
export function slugify(text: string, most: number): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, most)
    .replace(/^-+|-+$/g, '');
}
