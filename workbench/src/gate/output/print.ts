import { formatJson } from '../../output/control-characters.ts';
import type { GateAnswer } from '../answer.ts';
import type { GateFormat } from './formats.ts';
import { printJunit } from './junit.ts';
import { printMarkdown } from './markdown.ts';
import type { Places } from './places.ts';
import { printSarif } from './sarif.ts';
import { printText } from './text.ts';

/** Prints an answer, with a final line break. `color` and the terminal's `width` apply to text only. */
export function printGate(
  answer: GateAnswer,
  format: GateFormat,
  places: Places,
  { color = false, width = null }: { readonly color?: boolean; readonly width?: number | null } = {},
): string {
  switch (format) {
    case 'json':
      return formatJson(answer);
    case 'junit':
      return printJunit(answer);
    case 'markdown':
      return printMarkdown(answer);
    case 'sarif':
      return printSarif(answer, places);
    case 'text':
      return printText(answer, color, width);
  }
}
