const boxPattern = /^(\s*[-*+] +)\[[ xX]\] /;

/**
 * What a person added to a written line with a box: a tick, and text behind it.
 * @returns null: the line was changed otherwise, or has no box
 */
export function findBoxAddition(
  written: string,
  found: string,
): { readonly box: string; readonly text: string } | null {
  if (!boxPattern.test(written) || !boxPattern.test(found)) return null;
  const [wanted, actual] = [written.replace(boxPattern, ''), found.replace(boxPattern, '')];
  const text = actual.slice(wanted.length);
  if (!actual.startsWith(wanted) || !/^$|^\s/.test(text)) return null;
  return { box: /\[[xX]\]/.test(boxPattern.exec(found)?.[0] ?? '') ? '[x]' : '[ ]', text };
}

/** Adds a tick and text to a line with a box. */
export function addToBox(written: string, { box, text }: { readonly box: string; readonly text: string }): string {
  return `${written.replace(/\[[ xX]\]/, box)}${text}`;
}
