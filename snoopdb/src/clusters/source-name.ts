/** 1 to 100 letters, digits and `._:@-`, starting with a letter or digit. */
const sourceName = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}$/;

/** Whether a sender may use this name as the source of its events. */
export function isSourceName(text: string): boolean {
  return sourceName.test(text);
}
