import type { PageSettings } from '../../../src/ui/page/page-names.ts';

/** The settings that the server or the writer of the site put into this page. */
export function readSettings(): PageSettings {
  const element = document.querySelector<HTMLMetaElement>('meta[name=snoop]');
  if (element === null) throw new Error('This page has no settings.');
  return JSON.parse(element.content);
}
