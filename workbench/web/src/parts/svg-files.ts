import type { DownloadFile } from './download.ts';

/** A drawn picture as SVG and PNG, in the colours of the page. */
export function createSvgFiles(fileName: string, find: () => SVGSVGElement | undefined): DownloadFile[] {
  const copy = (): PictureCopy => {
    const picture = find();
    if (picture === undefined) throw new Error('The picture is not drawn.');
    return copyPicture(picture);
  };
  return [
    { title: 'SVG', name: `${fileName}.svg`, type: 'image/svg+xml', write: () => copy().text },
    { title: 'PNG', name: `${fileName}.png`, type: 'image/png', write: () => paint(copy()) },
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

/** Twice as large as on the page. */
async function paint({ text, width, height }: PictureCopy): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  try {
    const image = new Image(2 * width, 2 * height);
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = 2 * width;
    canvas.height = 2 * height;
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (blob === null) throw new Error('The browser makes no PNG.');
    return blob;
  } finally {
    URL.revokeObjectURL(url);
  }
}
