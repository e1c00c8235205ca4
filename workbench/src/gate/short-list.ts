const mostNames = 5;

/** Lists the first names, and how many others there are. */
export function listShortly(names: readonly string[]): string {
  const rest = names.length - mostNames;
  return [...names.slice(0, mostNames), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}
