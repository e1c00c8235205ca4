import { type Paint, type Pattern, paints, patterns } from '../parts/patterns.ts';
import { type Arc, pictureSize } from './arcs.ts';

/** Colours of a picture, as CSS colours without variables. */
export interface PictureColours {
  readonly text: string;
  readonly background: string;
  /** Of levels, categories and kinds without conformance tests. */
  readonly group: string;
  readonly paints: Readonly<Record<Paint, string>>;
}

export interface PictureText {
  readonly title: string;
  /** What is seen and where the numbers come from. */
  readonly description: string;
  /** Lines in the middle. */
  readonly middle: readonly string[];
}

/** Writes the picture as an SVG file that needs nothing else. */
export function writePicture(arcs: readonly Arc[], text: PictureText, colours: PictureColours): string {
  const used = paints.filter((paint) => arcs.some((arc) => arc.paint === paint));
  const half = pictureSize / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${-half} ${-half} ${pictureSize} ${pictureSize}" width="${pictureSize}" height="${pictureSize}" font-family="system-ui, sans-serif">`,
    `<title>${escapeXml(text.title)}</title>`,
    `<desc>${escapeXml(text.description)}</desc>`,
    `<defs>${used.map((paint) => writePattern(paint, patterns[paint], colours)).join('')}</defs>`,
    `<rect x="${-half}" y="${-half}" width="${pictureSize}" height="${pictureSize}" fill="${colours.background}"/>`,
    ...arcs.map((arc) => writeArc(arc, colours)),
    ...arcs.map((arc) => writeLabel(arc, colours)),
    ...text.middle.map((line, index) => {
      const y = (index - (text.middle.length - 1) / 2) * 26;
      const size = index === 0 ? 'font-size="22" font-weight="700"' : 'font-size="18"';
      return `<text y="${y}" ${size} ${centred} fill="${colours.text}">${escapeXml(line)}</text>`;
    }),
    '</svg>\n',
  ].join('\n');
}

const centred = 'text-anchor="middle" dominant-baseline="central"';

function writePattern(paint: Paint, { size, tint, marks, lineWidth }: Pattern, colours: PictureColours): string {
  const colour = colours.paints[paint];
  const square = `width="${size}" height="${size}"`;
  const stroke = lineWidth === 0 ? `fill="${colour}"` : `fill="none" stroke="${colour}" stroke-width="${lineWidth}"`;
  return (
    `<pattern id="${paint}" ${square} patternUnits="userSpaceOnUse"><rect ${square} fill="${colours.background}"/>` +
    `<rect ${square} fill="${colour}" opacity="${tint}"/>${marks === '' ? '' : `<path d="${marks}" ${stroke}/>`}</pattern>`
  );
}

function writeArc({ shape, paint, share, title }: Arc, colours: PictureColours): string {
  const name = `<title>${escapeXml(title)}</title>`;
  if (paint !== null) return `<path d="${shape}" fill="url(#${paint})">${name}</path>`;
  const tint = share ?? 0;
  return (
    `<g>${name}<path d="${shape}" fill="${colours.group}"/>` +
    `<path d="${shape}" fill="${colours.paints.conformance}" opacity="${Math.round(tint * 100) / 100}"/></g>`
  );
}

function writeLabel({ label }: Arc, colours: PictureColours): string {
  if (label === null) return '';
  return (
    `<text transform="${label.transform}" font-size="${label.size}" ${centred} fill="${colours.text}" ` +
    `stroke="${colours.background}" stroke-width="${label.size * 0.28}" stroke-linejoin="round" paint-order="stroke">` +
    `${escapeXml(label.text)}</text>`
  );
}

/** Names are untrusted; characters that XML forbids are replaced. */
function escapeXml(text: string): string {
  const allowed = text.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
  return allowed.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
