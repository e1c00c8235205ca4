import type { DownloadFile } from './download.ts';
import { paintPng } from './paint-png.ts';

/** A drawn picture as SVG and PNG, in the colours of the page. */
export function createSvgFiles(fileName: string, find: () => SVGSVGElement | undefined): DownloadFile[] {
  const copy = (): PictureCopy => {
    const picture = find();
    if (picture === undefined) throw new Error('The picture is not drawn.');
    return copyPicture(picture);
  };
  return [
    { title: 'SVG', name: `${fileName}.svg`, type: 'image/svg+xml', write: () => copy().text },
    { title: 'PNG', name: `${fileName}.png`, type: 'image/png', write: () => paintTwiceAsLarge(copy()) },
  ];
}

interface PictureCopy {
  readonly text: string;
  readonly width: number;
  readonly height: number;
}

function copyPicture(picture: SVGSVGElement): PictureCopy {
  const { width, height } = picture.getBoundingClientRect();
  const copy = picture.cloneNode(true) as SVGSVGElement;
  copy.removeAttribute('aria-hidden');
  for (const link of copy.querySelectorAll('a')) link.replaceWith(...link.childNodes);
  const style = document.createElementNS('http://www.w3.org/2000/svg', 'style');
  style.textContent =
    'svg { background: var(--background) } text { font: 12px system-ui, sans-serif; fill: var(--text) }';
  copy.prepend(style);
  return { text: resolveColours(new XMLSerializer().serializeToString(copy)), width, height };
}

/** Resolves CSS variables, which a file does not have. */
function resolveColours(text: string): string {
  const probe = document.createElement('span');
  document.body.append(probe);
  const resolved = text.replace(/var\(--[a-z-]+\)/g, (colour) => {
    probe.style.color = colour;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  return resolved;
}

function paintTwiceAsLarge({ text, width, height }: PictureCopy): Promise<Blob> {
  return paintPng(text, 2 * width, 2 * height);
}
