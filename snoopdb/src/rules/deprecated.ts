/**
 * Whether an endpoint is deprecated: the paths with `/watch/`, and operations whose description begins so. A description
 * that only contains the word is no sign.
 */
export function isDeprecated(path: string, description: string | null): boolean {
  return path.includes('/watch/') || /^deprecated\b/i.test(description ?? '');
}
