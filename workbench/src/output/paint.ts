import { styleText } from 'node:util';
import type { Environment } from '../environment.ts';

/** Styles a text; does nothing when colours are off. */
export interface Paint {
  (style: Parameters<typeof styleText>[0], text: string): string;
  /** The width that a table may have; null: unlimited. */
  readonly width: number | null;
}

/** @param width columns of the terminal; null: no terminal */
export function createPaint(color: boolean, width: number | null = null): Paint {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  return Object.assign(paint, { width });
}

/** Colours only on a terminal and without `NO_COLOR`. */
export function shouldUseColor(stream: NodeJS.WritableStream, environment: Environment): boolean {
  return 'isTTY' in stream && stream.isTTY === true && !environment.noColor;
}
