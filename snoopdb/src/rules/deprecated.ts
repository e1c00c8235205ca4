/**
 * Whether an endpoint is deprecated: the paths with `/watch/`, and operations whose description begins so, not those
 * whose description only contains the word.
 */
export function isDeprecated(path: string, description: string | null): boolean {
  return path.includes('/watch/') || /^deprecated\b/i.test(description ?? '');
}
