import { styleText } from 'node:util';
import type { Environment } from '../environment.ts';

/** Puts a style around a text, or does nothing where colours are off. */
export interface Paint {
  (style: Parameters<typeof styleText>[0], text: string): string;
  /** The columns that a table may have; null: as many as it needs. */
  readonly width: number | null;
}

/**
 * @param color whether to colour; the caller knows the stream, so it is not asked again
 * @param width columns of the terminal; null: no terminal
 */
export function createPaint(color: boolean, width: number | null = null): Paint {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  return Object.assign(paint, { width });
}

/** Colours only on a terminal, and only when nobody set `NO_COLOR`. */
export function shouldUseColor(stream: NodeJS.WritableStream, environment: Environment): boolean {
  return 'isTTY' in stream && stream.isTTY === true && !environment.noColor;
}
