/** A database's address as it may be shown. @returns `''` for what is none */
export function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return '';
  const shown = new URL(url);
  shown.password = '';
  shown.searchParams.delete('password');
  return shown.href;
}
