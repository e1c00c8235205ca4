import { tick } from 'svelte';
import { escapeHtml } from '../../../src/ui/page/shell.ts';
import { settings } from '../app/navigation.svelte.ts';
import type { DownloadFile } from './download.ts';

/** Nothing but the styles inside of the file. */
const contentPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
/** What works only on the page. */
const controls = 'script, iframe, object, link, .downloads, .hidden, form, label, select, input';

/** The shown view as one HTML file, without scripts, for a ticket. */
export function createViewFile(fileName: string): DownloadFile {
  return {
    title: 'HTML',
    name: `${fileName}.html`,
    type: 'text/html',
    async write() {
      const content = await copyView();
      return new Blob([writeDocument(content)], { type: 'text/html' });
    },
  };
}

/** @returns the HTML of the view with all rows of its tables */
async function copyView(): Promise<string> {
  // Tables draw all rows for a printer.
  window.dispatchEvent(new Event('beforeprint'));
  try {
    await tick();
    const main = document.querySelector('main');
    const patterns = document.querySelector('svg.patterns');
    if (main === null || patterns === null) throw new Error('The view is not drawn.');
    const copy = main.cloneNode(true) as HTMLElement;
    for (const element of copy.querySelectorAll(controls)) element.remove();
    for (const button of copy.querySelectorAll('button')) {
      if (button.closest('th') === null) button.remove();
      else button.replaceWith(...button.childNodes);
    }
    for (const link of copy.querySelectorAll('a')) {
      // Readers of a ticket do not have this server.
      if (link.origin === location.origin) link.replaceWith(...link.childNodes);
    }
    // Without links, keys reach and scroll wide tables only so.
    for (const box of copy.querySelectorAll('.box')) box.setAttribute('tabindex', '0');
    return patterns.outerHTML + copy.outerHTML;
  } finally {
    window.dispatchEvent(new Event('afterprint'));
  }
}

function writeDocument(content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(document.title)}</title>
<style>${readStyles()}</style>
</head>
<body>
${content}
<footer>Saved at ${new Date().toISOString()} by snoop ${escapeHtml(settings.version)}</footer>
</body>
</html>
`;
}

function readStyles(): string {
  return [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules].map(({ cssText }) => cssText)).join('\n');
}
