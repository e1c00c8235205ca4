/** A name as clusters and files have them: letters, digits and `._:@-`, at most 100, beginning with a letter or digit. */
const sourceName = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}$/;

/** Whether a sender may give events this source. */
export function isSourceName(text: string): boolean {
  return sourceName.test(text);
}
