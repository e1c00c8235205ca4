import type { DownloadFile } from '../parts/download.ts';
import { paintPng } from '../parts/paint-png.ts';
import { paints } from '../parts/patterns.ts';
import type { Arc } from './arcs.ts';
import { type PictureColours, type PictureText, writePicture } from './write-picture.ts';

const pngPixels = 2000;

/** The picture as SVG and PNG, in the colours of the page. */
export function createPictureFiles(fileName: string, arcs: readonly Arc[], text: PictureText): DownloadFile[] {
  const write = (): string => writePicture(arcs, text, readColours());
  return [
    { title: 'SVG', name: `${fileName}.svg`, type: 'image/svg+xml', write },
    { title: 'PNG', name: `${fileName}.png`, type: 'image/png', write: () => paintPng(write(), pngPixels, pngPixels) },
  ];
}

/** Resolves CSS variables, which a file does not have. */
function readColours(): PictureColours {
  const probe = document.createElement('span');
  document.body.append(probe);
  const read = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    text: read('text'),
    background: read('background'),
    group: read('group'),
    paints: Object.fromEntries(paints.map((name) => [name, read(name)])) as PictureColours['paints'],
  };
  probe.remove();
  return colours;
}
