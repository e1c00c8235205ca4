import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dirname, normalize } from 'node:path/posix';
import { expect, test } from 'vitest';
import { type Block, listCommands, readDocument, readDocuments, reasons, root } from './documents/documents.ts';
import { drawFlow } from './documents/draw-flow.ts';
import { findPhrases } from './documents/phrases.ts';
import { readSourceTexts } from './documents/source-texts.ts';

const documents = readDocuments();
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test('documents contain no phrase of the list', () => {
  expect(documents.flatMap(({ file, prose }) => findPhrases(file, prose))).toEqual([]);
});

test('strings and comments of sources contain no phrase of the list', () => {
  const hits = readSourceTexts().flatMap(({ file, strings, comments }) => [
    ...findPhrases(file, strings),
    ...findPhrases(file, comments),
  ]);
  expect(hits).toEqual([]);
});

test('finds a phrase across lines, but not in code', () => {
  expect(findPhrases('a.md', 'Fine.\n\nIt is put\naside. `whoever` too.')).toMatchObject([
    { line: 3, instead: 'rejected' },
  ]);
});

test('prose wraps at 100 columns', () => {
  const long = documents.flatMap(({ file, prose }) =>
    prose.split('\n').flatMap((line, index) => {
      // A word that is longer than the line, or all of code between backticks, cannot be broken.
      const canBreak = / [^ ]/.test(
        line
          .trim()
          .replaceAll(/`[^`]*`/g, '`')
          .replace(/^(?:[-*]|\d+\.) /, ''),
      );
      return line.length > 100 && canBreak && !/^ *(\||#|<)/.test(line) ? [`${file}:${index + 1}`] : [];
    }),
  );
  expect(long).toEqual([]);
});

test('links lead to files and headings that exist', () => {
  const broken = documents.flatMap(({ file, prose }) =>
    [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)].flatMap(([, link = '', source = '']) => {
      const [path = '', anchor] = (link || source).split('#');
      if (/^https?:/.test(path)) return [];
      const target = path === '' ? file : normalize(join(dirname(file), path));
      const isThere = existsSync(join(root, target)) && (anchor === undefined || listAnchors(target).includes(anchor));
      return isThere ? [] : [`${file}: ${link || source}`];
    }),
  );
  expect(broken).toEqual([]);
});

test('the README links to every other document', () => {
  const [readme] = documents.filter(({ file }) => file === 'README.md');
  const missing = documents.filter(({ file }) => file !== 'README.md' && !readme?.prose.includes(`](${file})`));
  expect(missing.map(({ file }) => file)).toEqual([]);
});

const blocks = documents.flatMap((document) => document.blocks);
const at = ({ file, line }: Block): string => `${file}:${line}`;

test('a block with commands is marked sh, and is run or has a reason', () => {
  const looksRun = /^(npx|npm|node|snoop|kubectl|docker|kind|sudo|eval|cd|[A-Z_]+=\S+) /m;
  expect(blocks.filter(({ info, text }) => !/^sh\b/.test(info) && looksRun.test(text)).map(at)).toEqual([]);
  expect(blocks.filter(({ info }) => info === '').map(at)).toEqual([]);
  const marked = blocks.flatMap((block) => {
    const reason = /^sh (.*)$/.exec(block.info)?.[1];
    return reason === undefined ? [] : [{ block, reason }];
  });
  expect(
    marked.filter(({ block, reason }) => !reasons[reason]?.test(block.text)).map(({ block }) => at(block)),
  ).toEqual([]);
});

test('CI runs the blocks that are marked by-ci', () => {
  const ci = read('.ci/run');
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const notRun = blocks
    .filter(({ info }) => info === 'sh by-ci')
    .flatMap(listCommands)
    .map((line) => line.replace(/ +#.*/, ''))
    .filter((line) => {
      const name = /^npm (?:run )?([a-z:-]+)$/.exec(line)?.[1];
      if (name === undefined) return line !== '.ci/run';
      return scripts[name] === undefined || !new RegExp(`(npm run --silent|run_tests) ${name}\\b`).test(ci);
    });
  expect(notRun).toEqual([]);
});

test('reports a block without an end', () => {
  expect(() => readDocument('a.md', 'text\n\n```sh\nnpx snoop up\n')).toThrow('a.md:3: this block has no end.');
});

test.for(['light', 'dark'] as const)('docs/flow-%s.svg is drawn from docs/flow.txt: npm run tool -- flow', (theme) => {
  expect(read(`docs/flow-${theme}.svg`)).toBe(drawFlow(read('docs/flow.txt'), theme));
});

/** Lists the anchors that GitHub generates for headings. */
function listAnchors(file: string): string[] {
  const document = documents.find((candidate) => candidate.file === file) ?? readDocument(file, read(file));
  return [...document.prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
