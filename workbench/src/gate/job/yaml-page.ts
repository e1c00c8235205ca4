import { dump } from 'js-yaml';

/** A YAML document below a comment. */
export interface YamlPart {
  /** Fixed text: values that somebody else chose could end a comment. */
  readonly comment: string;
  readonly document: unknown;
}

/** Formats documents with their comments. js-yaml quotes what needs it. */
export function formatYamlPage(parts: readonly YamlPart[]): string {
  return parts.map(formatPart).join('---\n');
}

function formatPart({ comment, document }: YamlPart): string {
  const lines = comment.trim().split('\n');
  const yaml = dump(document, { lineWidth: -1, noRefs: true, quoteStyle: 'double' });
  return `${lines.map((line) => `# ${line}`.trimEnd()).join('\n')}\n${yaml}`;
}
