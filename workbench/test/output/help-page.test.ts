import { parseCommand } from '@snoop/snoopdb/command-line';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { entries } from '../../src/cli/command-list.ts';
import { fitHelp } from '../../src/output/help-page.ts';

const pages: { name: string; page: string }[] = [];
for (const { name, load } of entries) {
  const page = parseCommand((await load()).command, ['--help']);
  if (typeof page === 'string') pages.push({ name, page });
}

test('prints a page for a terminal', () => {
  const page = `snoop x: does something

Usage: snoop x [FILE] [options]   with a file
       snoop x --end              end it

The first sentence of this page is here. The second one
begins on its first line and ends on the
third.

Options:
      --all          everything, even what was not asked for,
                     and more than that
      --port N       its port

Examples:
  snoop x --a-long-flag with-a-value --another-one VALUE
  snoop x           what it does
  snoop x --url https://example.org/a/path/that/is/wide

Exit codes: 0 yes · 1 no
`;
  expect(`\n${fitHelp(page, 46)}`).toMatchInlineSnapshot(`
    "
    snoop x: does something

    Usage: snoop x [FILE] [options]   with a file
           snoop x --end              end it

    The first sentence of this page is here. The
    second one begins on its first line and ends
    on the third.

    Options:
          --all          everything, even what was
                         not asked for, and more
                         than that
          --port N       its port

    Examples:
      snoop x --a-long-flag with-a-value \\
          --another-one VALUE
      snoop x           what it does
      snoop x --url \\
          https://example.org/a/path/that/is/wide

    Exit codes: 0 yes · 1 no
    "
  `);
  expect(fitHelp(page, null)).toBe(page);
});

test('every command has a page', () => {
  expect(pages.length).toBeGreaterThan(15);
});

test.each(pages)('$name: no line is wider than a terminal, and every sentence is complete', ({ page }) => {
  for (const width of [60, 80, 120]) {
    const lines = fitHelp(page, width).split('\n');
    for (const line of lines) {
      // A single long word may be wider, so that it can be copied.
      if (/\S .*\S/.test(line.replace(/ \\$/, ''))) expect(stringWidth(line), line).toBeLessThanOrEqual(width);
    }
    for (const [at, line] of lines.entries()) {
      const next = lines[at + 1] ?? '';
      if (!/^\S.*[^:]$/.test(line) || !/^\S/.test(next)) continue;
      expect(stringWidth(`${line} ${next.split(' ')[0]}`), `${line}\n${next}`).toBeGreaterThan(width);
    }
    const words = lines.join('\n').replace(/ \\$/gm, '').split(/\s+/);
    expect(words.join('')).toBe(page.replace(/ \\$/gm, '').split(/\s+/).join(''));
  }
});

test.each(pages)('$name: descriptions of flags follow two blanks', ({ page }) => {
  for (const line of page.split('\n').filter((one) => /^ {2}(-\w, )?--[a-z]/.test(one))) {
    expect(line).toMatch(/^ +(-\w, )?--[a-z0-9-]+( [A-Z0-9][\w.:]*)?( {2,}\S|$)/);
  }
});
