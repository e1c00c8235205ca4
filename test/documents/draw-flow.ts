/** What docs/flow.txt says. */
interface Flow {
  readonly boxes: readonly { readonly name: string; readonly lines: readonly string[] }[];
  /** Labels of the arrows from each box to the next. */
  readonly arrows: readonly string[];
  /** Label of the arrow from the first box to the last, below the others. */
  readonly detour: string;
}

const themes = {
  light: { text: '#1f2328', faint: '#59636e', box: '#f6f8fa', border: '#d1d9e0', arrow: '#0969da' },
  dark: { text: '#f0f6fc', faint: '#9198a1', box: '#151b23', border: '#3d444d', arrow: '#4493f8' },
} as const;

export type Theme = keyof typeof themes;

// A README is about 850 pixels wide; GitHub scales a wider picture down.
const box = { width: 166, height: 74, top: 8 };
const gap = 60;
const lineHeight = 17;

/** Draws docs/flow.txt as an SVG. Its background is transparent. */
export function drawFlow(text: string, theme: Theme): string {
  const { boxes, arrows, detour } = readFlow(text);
  const colors = themes[theme];
  const left = (place: number): number => place * (box.width + gap) + 1;
  const width = left(boxes.length - 1) + box.width + 1;
  const bottom = box.top + box.height;
  const height = bottom + 52;
  const middle = box.top + box.height / 2;
  const drawnBoxes = boxes.flatMap(({ name, lines }, place) => {
    const center = left(place) + box.width / 2;
    return [
      `<rect x="${left(place)}" y="${box.top}" width="${box.width}" height="${box.height}" rx="6" fill="${colors.box}" stroke="${colors.border}"/>`,
      `<text x="${center}" y="${box.top + 24}" font-size="15" font-weight="600" fill="${colors.text}">${escapeMarkup(name)}</text>`,
      ...lines.map(
        (line, row) =>
          `<text x="${center}" y="${box.top + 44 + row * lineHeight}" font-size="12.5" fill="${colors.faint}">${escapeMarkup(line)}</text>`,
      ),
    ];
  });
  const drawnArrows = arrows.flatMap((label, place) => {
    const from = left(place) + box.width;
    return [
      `<path d="M${from + 4} ${middle}H${from + gap - 6}" marker-end="url(#head)"/>`,
      `<text x="${from + gap / 2 - 1}" y="${middle - 9}" font-size="12.5" stroke="none" fill="${colors.faint}">${escapeMarkup(label)}</text>`,
    ];
  });
  const [start, end] = [left(0) + box.width / 2, left(boxes.length - 1) + box.width / 2];
  const low = bottom + 28;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="-apple-system,'Segoe UI',Helvetica,Arial,sans-serif" text-anchor="middle">`,
    `<title>${escapeMarkup(boxes.map(({ name }) => name).join(' → '))}</title>`,
    `<defs><marker id="head" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="${colors.arrow}"/></marker></defs>`,
    ...drawnBoxes,
    `<g fill="none" stroke="${colors.arrow}" stroke-width="1.5">`,
    ...drawnArrows,
    `<path d="M${start} ${bottom + 4}V${low}H${end}V${bottom + 6}" stroke-dasharray="5 4" marker-end="url(#head)"/>`,
    '</g>',
    `<text x="${(start + end) / 2}" y="${low + 18}" font-size="12.5" fill="${colors.faint}">${escapeMarkup(detour)}</text>`,
    '</svg>',
  ].join('\n')}\n`;
}

function readFlow(text: string): Flow {
  const boxes: { name: string; lines: string[] }[] = [];
  const arrows: string[] = [];
  let detour = '';
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('-> ')) arrows.push(line.slice(3));
    else if (line.startsWith('=> ')) detour = line.slice(3);
    else if (line.startsWith('  ')) boxes.at(-1)?.lines.push(line.trim());
    else boxes.push({ name: line, lines: [] });
  }
  if (arrows.length !== boxes.length - 1)
    throw new Error(`flow.txt has ${boxes.length} boxes and ${arrows.length} arrows; it takes one between two boxes.`);
  return { boxes, arrows, detour };
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
