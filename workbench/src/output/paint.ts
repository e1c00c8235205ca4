import { styleText } from 'node:util';
import type { Environment } from '../environment.ts';

/** Puts a style around a text, or does nothing where colours are off. */
export type Paint = (style: Parameters<typeof styleText>[0], text: string) => string;

/** @param color whether to colour; the caller knows the stream, so it is not asked again */
export function createPaint(color: boolean): Paint {
  return (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
}

/** Colours only on a terminal, and only when nobody set `NO_COLOR`. */
export function wantsColor(stream: NodeJS.WritableStream, environment: Environment): boolean {
  return 'isTTY' in stream && stream.isTTY === true && !environment.noColor;
}
