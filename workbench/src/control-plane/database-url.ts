/** Removes the password from a database's URL; `''` if it is invalid. */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return '';
  const shown = new URL(url);
  shown.password = '';
  shown.searchParams.delete('password');
  return shown.href;
}
