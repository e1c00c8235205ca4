import type { PageAssets } from './assets.ts';
import type { PageSettings } from './page-names.ts';

/** Only the page's own files; styles also in attributes, which the picture's geometry needs. */
export const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Three rings, as the picture of coverage. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="#1a7f37" stroke-width="2">' +
    '<circle cx="8" cy="8" r="1"/><path d="M8 4a4 4 0 1 1-4 4"/><path d="M8 1a7 7 0 1 1-7 7" stroke="#8250df"/></svg>',
)}`;

/** Writes a page's HTML. @param body HTML for browsers without JavaScript; the page replaces it */
export function writeShell(settings: PageSettings, assets: PageAssets, page: { title: string; body: string }): string {
  const { root } = settings;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(contentPolicy)}">
<meta name="color-scheme" content="light dark">
<meta name="snoop" content="${escapeHtml(JSON.stringify(settings))}">
<title>${escapeHtml(page.title)}</title>
<link rel="icon" href="${escapeHtml(icon)}">
${assets.styles.map((file) => `<link rel="stylesheet" href="${root}${file}">\n`).join('')}<script type="module" src="${root}${assets.script}"></script>
</head>
<body>
<div id="page">${page.body}</div>
</body>
</html>
`;
}

/** Escapes text for content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
