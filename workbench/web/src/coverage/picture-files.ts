import type { DownloadFile } from '../parts/download.ts';
import { paints } from '../parts/patterns.ts';
import type { Arc } from './arcs.ts';
import { type PictureColours, type PictureText, writePicture } from './write-picture.ts';

/** The picture as SVG and PNG, in the colours of the page. */
export function createPictureFiles(fileName: string, arcs: readonly Arc[], text: PictureText): DownloadFile[] {
  const write = (): string => writePicture(arcs, text, readColours());
  return [
    { title: 'SVG', name: `${fileName}.svg`, type: 'image/svg+xml', write },
    { title: 'PNG', name: `${fileName}.png`, type: 'image/png', write: () => paint(write()) },
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

const pngPixels = 2000;

async function paint(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image(pngPixels, pngPixels);
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = pngPixels;
    canvas.height = pngPixels;
    canvas.getContext('2d')?.drawImage(image, 0, 0, pngPixels, pngPixels);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (blob === null) throw new Error('The browser makes no PNG.');
    return blob;
  } finally {
    URL.revokeObjectURL(url);
  }
}
