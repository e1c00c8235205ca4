import type { Rule } from './linted-ticket.ts';
import { listProse } from './prose.ts';

const placeholders: readonly RegExp[] = [
  /\b(?:RESOURCE|KIND|ENDPOINT|TEST|GROUP|VERSION)_?NAMEs?\b/,
  /\b[xy]{4}-[xym]{2}-[xyd]{2}\b/i,
  /\bN (?:points?|endpoints?)\b/,
  /\+N\b/,
  /\b(?:TODO|TBD|FIXME|XXX)\b/,
  /\bMyEndpoint\b/,
];

/** Finds what a template leaves to the author. */
export const checkPlaceholders: Rule = ({ document, written }, report) => {
  for (const { line, text, isOpenBox } of listProse(document)) {
    if (isOpenBox) continue;
    const found = placeholders.map((pattern) => pattern.exec(text)?.[0]).find((match) => match !== undefined);
    if (found !== undefined) report('error', 'placeholder', line, describePlaceholder(found));
  }
  if (written) return;
  for (const fence of document.sections.flatMap(({ fences }) => fences)) {
    const found = placeholders[0]?.exec(fence.text);
    if (!found) continue;
    const line = fence.textLine + fence.text.slice(0, found.index).split('\n').length - 1;
    report('error', 'placeholder', line, describePlaceholder(found[0]));
  }
};

function describePlaceholder(found: string): string {
  return `"${found}" is a placeholder. Replace it.`;
}

const templateSentences: readonly RegExp[] = [
  /with this query you can filter untested endpoints/i,
  /(?:e\.g\.?|for example) below shows a query/i,
  /^\s*(?:please )?(?:describe|replace|fill in|insert|delete) (?:here|this (?:line|text|section))/i,
];

/** Finds sentences that explain the template to its author. */
export const checkTemplateText: Rule = ({ document }, report) => {
  for (const { line, text } of listProse(document)) {
    if (templateSentences.some((pattern) => pattern.test(text))) {
      report('error', 'template-text', line, 'This sentence of the template is for its author. Remove it.');
    }
  }
};

/** Finds text that looks like the answer of 'snoop review', which is a comment below the ticket. */
export const checkVerdict: Rule = ({ document }, report) => {
  for (const { line, text } of listProse(document)) {
    if (!/^[\W_]*snoop(?:&nbsp;|[\W_])*review[\W_]*(?:confirmed|consistent|different|could)/i.test(text)) continue;
    report(
      'error',
      'verdict',
      line,
      "A ticket cannot hold the answer of its own review. Remove it, and run 'snoop review'.",
    );
  }
};

/** Finds the lines that label the issue, and commands that do something else. The bots also read them in code. */
export const checkLabels: Rule = ({ document, written }, report) => {
  const commands = document.lines
    .map((text, at) => ({ line: at + 1, text }))
    .filter(({ text }) => /^\/[a-z][a-z-]*(?:\s|$)/.test(text));
  // A comparison finds labels that are missing in a written ticket.
  const has = (name: RegExp): boolean => written !== null || commands.some(({ text }) => name.test(text));
  if (!has(/^\/sig \S/))
    report('warning', 'label', null, 'No line "/sig NAME" labels the issue. Add it to the final notes.');
  if (!has(/^\/area conformance\b/) && !has(/ \/area conformance\b/)) {
    report('warning', 'label', null, 'No line "/area conformance" labels the issue. Add it to the final notes.');
  }
  for (const { line, text } of commands) {
    if (/\s\/[a-z]/.test(text)) {
      report('warning', 'label', line, "The project's bots read one command in a line. Write each on its own line.");
    } else if (!/^\/(?:sig|area|kind|priority|cc|assign|milestone|triage)\b/.test(text)) {
      const name = text.split(/\s/, 1)[0];
      report(
        'error',
        'bot-command',
        line,
        `The project's bots carry out "${name}" when the issue is filed. Remove it.`,
      );
    }
  }
};

const oldViews: readonly (readonly [RegExp, string])[] = [
  [/\b(?:\w+\.)?untested_stable_core_endpoints?\b/, "testing.untested_stable_endpoint, with category = 'core'"],
  [/\b(?:\w+\.)?untested_stable_endpoints\b/, 'testing.untested_stable_endpoint'],
  [/(?<![\w.])untested_stable_endpoint\b/, 'testing.untested_stable_endpoint'],
  [/\b(?:\w+\.)?endpoints_hit_by_new_test\b/, 'testing.endpoint_hit_by_new_test'],
  [/(?<![\w.])endpoint_hit_by_new_test\b/, 'testing.endpoint_hit_by_new_test'],
  [/(?<![\w.])projected_change_in_coverage\b/, 'testing.projected_change_in_coverage'],
];

/** Finds queries of views that are called otherwise today, and those that count other people's requests. */
export const checkQueries: Rule = ({ document, written }, report) => {
  if (written) return;
  for (const fence of document.sections.flatMap(({ fences }) => fences)) {
    if (!/^sql/i.test(fence.language)) continue;
    for (const [at, whole] of fence.text.split('\n').entries()) {
      const text = whole.replace(/--.*/, '');
      const line = fence.textLine + at;
      for (const [pattern, name] of oldViews) {
        const [found] = pattern.exec(text) ?? [];
        if (found !== undefined) report('note', 'old-view', line, `The view ${found} is called ${name} today.`);
      }
      if (/\bextract\s*\(\s*epoch from now\(\)/i.test(text)) {
        const message =
          'A query by time counts what anybody requested meanwhile. testing.run_endpoint has the requests of one run.';
        report('note', 'time-window', line, message);
      }
    }
  }
};
