/** Text on an arc. */
export interface Label {
  readonly text: string;
  /** SVG transform that puts its middle onto the arc. */
  readonly transform: string;
  /** In units of the picture. */
  readonly size: number;
}

interface Room {
  readonly start: number;
  readonly end: number;
  readonly inner: number;
  readonly outer: number;
  /** Pixels per unit of the picture. */
  readonly scale: number;
}

const fontPixels = 11.5;
const fewestLetters = 4;

/** Puts a text along or across an arc, where it fits better; null: where it can be read in neither direction. */
export function placeLabel(text: string, { start, end, inner, outer, scale }: Room): Label | null {
  const size = fontPixels / Math.max(scale, 0.1);
  const letter = size * 0.58;
  const radius = (inner + outer) / 2;
  const along = Math.min((end - start) * radius - size, 2 * radius);
  const across = (end - start) * radius >= size * 1.15 ? outer - inner - size : 0;
  const isAlong = outer - inner >= size * 1.3 && along >= across;
  const short = shorten(text, Math.floor((isAlong ? along : across) / letter));
  if (short === null) return null;
  const middle = (start + end) / 2;
  const degrees = (middle * 180) / Math.PI;
  const turned = isAlong ? (degrees > 90 && degrees < 270 ? 180 : 0) : degrees < 180 ? -90 : 90;
  const [x, y] = [Math.sin(middle) * radius, -Math.cos(middle) * radius];
  return {
    text: short,
    transform: `translate(${round(x)} ${round(y)}) rotate(${round(degrees + turned)})`,
    size: round(size),
  };
}

function shorten(whole: string, letters: number): string | null {
  const text = [...whole];
  if (text.length <= letters) return whole;
  if (letters < fewestLetters) return null;
  // Names of endpoints of a kind start alike: listCoreV1NamespacedPod.
  const tail = letters < 16 ? 0 : letters - 7;
  return [...text.slice(0, letters - 1 - tail), '…', ...text.slice(text.length - tail)].join('');
}

const round = (value: number): number => Math.round(value * 10) / 10;
