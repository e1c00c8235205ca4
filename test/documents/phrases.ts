/**
 * Phrases that do not belong in this project's English, with what to write instead. Add a phrase only if at least nine of
 * ten hits are wrong: a check that is often mistaken teaches people to write around it.
 */
export const phrases: readonly (readonly [phrase: RegExp, instead: string])[] = [
  [/\bwhoever\b/i, 'anyone who, or name the person or program'],
  [
    /\bWho\b(?<=(?:[.;:] |^)Who)(?! (?:may|gets|is) )(?![^.]*\?)/m,
    'a subject: the sender, the test author, anyone who',
  ],
  [/\bunless (told|said|given)\b/i, '(default: X)'],
  [/\bwhat (it|they) stands?\b/i, 'what it survives'],
  [/(?<!\bthere )\b(?:is|are) (?:none|no [a-z]+)\b(?<!longer|more)/i, 'is not a …; there is no …'],
  [/\b(put|set) aside\b|\bputs aside\b/i, 'rejected'],
  [/\bquarantine/i, 'rejected events'],
  [/\b(an|the|its|their|own|same|new|another) authorit(y|ies)\b/i, 'CA'],
  [/\ball else\b/i, 'everything else'],
  [/\bas ever\b/i, 'as usual'],
  [/\bof (one's|his) own\b/i, 'of your own'],
  [/\bthe (house|whole way)\b/i, 'the project, the packages; everything from A to B'],
  [/\b(comes|come|came) again\b/i, 'retries'],
  [/\b(is|are|was|were) waited for\b/i, 'active voice: the report waits for'],
  [/\btwice changes nothing\b/i, 'safe to run twice'],
  [/\bnobody could be asked\b/i, 'there is no terminal to ask on'],
  [/\bfor ever\b/i, 'forever'],
  [/\bbut for (?=what|those|the)/i, 'except'],
  [/\bwants to (know|be told)\b/i, 'is missing; takes'],
];

export interface Hit {
  readonly file: string;
  readonly line: number;
  readonly found: string;
  readonly instead: string;
}

/** Finds the phrases in prose, also across lines, but not in code between backticks. */
export function findPhrases(file: string, prose: string): Hit[] {
  const text = prose.replaceAll(/`[^`\n]*`/g, (code) => '`'.repeat(code.length));
  return phrases.flatMap(([phrase, instead]) => {
    const pattern = new RegExp(phrase.source.replaceAll(' ', '[ \\n]+(?:[/*-]+ )?'), `g${phrase.flags}`);
    return [...text.matchAll(pattern)].map(({ 0: found, index }) => ({
      file,
      line: text.slice(0, index).split('\n').length,
      found: found.replaceAll(/\s+/g, ' '),
      instead,
    }));
  });
}
