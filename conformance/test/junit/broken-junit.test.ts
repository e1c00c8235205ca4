import { describe, expect, test } from 'vitest';
import { ConformanceError } from '../../src/errors.ts';
import type { JunitLimits } from '../../src/junit/junit-report.ts';
import { readJunit } from '../../src/junit/read-junit.ts';

async function readError(input: Buffer | string, limits: Partial<JunitLimits> = {}): Promise<string> {
  const error = await readJunit(Buffer.from(input), { name: 'junit_01.xml', limits }).catch(
    (caught: unknown) => caught,
  );
  if (!(error instanceof ConformanceError)) throw new Error('was read', { cause: error });
  return `${error.code}: ${error.message}`;
}

const suite = (text: string) => `<testsuite name="s">\n${text}</testsuite>`;

describe('names what is broken, where, and what to do', () => {
  test.each([
    [
      'empty',
      '',
      'bad_results: junit_01.xml is empty (line 1, column 1). The suite writes it when it ends: wait, or fetch it again.',
    ],
    [
      'blank',
      '\n \n',
      'bad_results: junit_01.xml is not well-formed XML: document must contain a root element (line 3, column 1). Fetch the file again from where the suite wrote it.',
    ],
    [
      'cut between elements',
      '<testsuites>\n<testsuite>',
      'bad_results: junit_01.xml ends too early (unclosed tag: testsuite) (line 2, column 11). The file is cut: fetch it again.',
    ],
    [
      'cut in a name',
      '<testsuite><testcase name="[sig',
      'bad_results: junit_01.xml ends too early (unclosed tag: testsuite) (line 1, column 31). The file is cut: fetch it again.',
    ],
    [
      'a page',
      '<!DOCTYPE html>\n<html></html>',
      'bad_results: junit_01.xml is an HTML page (line 1, column 15). Fetch the file itself, for example from its raw URL.',
    ],
    [
      'a page without a type',
      '<html><br></html>',
      'bad_results: junit_01.xml is an HTML page (line 1, column 6). Fetch the file itself, for example from its raw URL.',
    ],
    [
      'JSON',
      '{"a": 1}',
      'bad_results: junit_01.xml is not well-formed XML: text data outside of root node (line 1, column 8). Fetch the file again from where the suite wrote it.',
    ],
    [
      'other XML',
      '<coverage/>',
      'bad_results: junit_01.xml begins with <coverage>, but JUnit begins with <testsuites> or <testsuite> (line 1, column 11). Pass a JUnit file, such as junit_01.xml.',
    ],
    [
      'two roots',
      '<testsuite/>\n<testsuite/>',
      'bad_results: junit_01.xml is not well-formed XML: documents may contain only one root (line 2, column 11). Fetch the file again from where the suite wrote it.',
    ],
    [
      'text behind',
      `${suite('')}\nPASS`,
      'bad_results: junit_01.xml is not well-formed XML: text data outside of root node (line 3, column 4). Fetch the file again from where the suite wrote it.',
    ],
    [
      'a wrong end',
      suite('<testcase></testsuite>'),
      'bad_results: junit_01.xml is not well-formed XML: unexpected close tag (line 2, column 22). Fetch the file again from where the suite wrote it.',
    ],
    [
      'an attribute twice',
      suite('<testcase name="a" name="b"/>'),
      'bad_results: junit_01.xml is not well-formed XML: duplicate attribute: name (line 2, column 29). Fetch the file again from where the suite wrote it.',
    ],
    [
      'a test in a test',
      suite('<testcase name="a">\n<testcase name="b"/></testcase>'),
      'bad_results: junit_01.xml has a test case in another one (line 3, column 20). Fetch the file again from where the suite wrote it.',
    ],
    [
      'an unknown entity',
      suite('<testcase name="&a;"/>'),
      'bad_results: junit_01.xml is not well-formed XML: undefined entity (line 2, column 19). Fetch the file again from where the suite wrote it.',
    ],
    [
      'not UTF-8',
      Buffer.from(suite('<testcase name="é"/>'), 'latin1'),
      'bad_results: junit_01.xml is not UTF-8 (line 2, column 16). Fetch the file again, or convert it to UTF-8.',
    ],
    [
      'UTF-16',
      Buffer.from(`\ufeff${suite('')}`, 'utf16le'),
      'bad_results: junit_01.xml is not UTF-8 (line 1, column 1). Fetch the file again, or convert it to UTF-8.',
    ],
    [
      'an incomplete character',
      Buffer.from(`${suite('')}é`).subarray(0, -1),
      'bad_results: junit_01.xml is not UTF-8 (line 2, column 12). Fetch the file again, or convert it to UTF-8.',
    ],
    [
      'another encoding',
      `<?xml version="1.0" encoding="ISO-8859-1"?>${suite('')}`,
      'bad_results: junit_01.xml has the encoding ISO-8859-1 (line 1, column 63). Convert it to UTF-8.',
    ],
  ])('%s', async (_what, input, message) => {
    expect(await readError(input)).toBe(message);
  });

  test('a stream that fails', async () => {
    async function* fail() {
      yield Buffer.from('<testsuite>');
      throw new Error('connection reset');
    }
    const error = await readJunit(fail(), { name: 'junit_01.xml' }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'unreadable_results',
      message: 'junit_01.xml cannot be read: connection reset. Try again.',
      place: null,
      cause: { message: 'connection reset' },
    });
  });
});

describe('expands no entities', () => {
  const bomb = `<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY b "${'x'.repeat(1000)}"><!ENTITY c "&b;&b;">]>\n${suite('<testcase name="&c;"/>')}`;
  const outside = `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>${suite('<testcase name="&b;"/>')}`;
  test.each([bomb, outside])('%#', async (xml) => {
    expect(await readError(xml)).toContain('has a DOCTYPE, which JUnit does not need');
  });
});

describe('refuses what exceeds a limit', () => {
  const cases = (count: number) => suite('<testcase name="a"/>'.repeat(count));
  test.each<[string, string, Partial<JunitLimits>, string]>([
    ['bytes', cases(10), { bytes: 100 }, 'has more than 100 bytes of XML'],
    ['cases', cases(11), { cases: 10 }, 'has more than 10 test cases'],
    ['suites', `<testsuites>${'<testsuite/>'.repeat(11)}</testsuites>`, { suites: 10 }, 'has more than 10 suites'],
    ['properties', suite('<property/>'.repeat(11)), { properties: 10 }, 'has more than 10 properties of suites'],
    ['depth', '<testsuite>'.repeat(100_000), {}, 'has more than 32 nested elements'],
    [
      'attributes',
      suite(`<testcase ${Array.from({ length: 65 }, (_, n) => `a${n}="" `).join('')}/>`),
      {},
      'has an element with more than 64 attributes',
    ],
    [
      'a name',
      suite(`<testcase name="${'a'.repeat(70_000)}"/>`),
      {},
      'has a name or property with more than 65536 characters',
    ],
    [
      'a comment',
      suite(`<!--${'a'.repeat(400_000)}-->`),
      { textCharacters: 200_000 },
      'has a text with more than 200000 characters',
    ],
    [
      'a failure',
      suite(`<testcase><failure>${'a'.repeat(400_000)}</failure></testcase>`),
      { textCharacters: 200_000 },
      'has a text with more than 200000 characters',
    ],
    [
      'an attribute',
      suite(`<testcase><failure message="${'a'.repeat(400_000)}"/></testcase>`),
      { textCharacters: 200_000 },
      'has a text with more than 200000 characters',
    ],
  ])('%s', async (_what, xml, limits, reason) => {
    const message = await readError(xml, limits);
    expect(message).toContain(`too_large: junit_01.xml ${reason} (line `);
    expect(message).toContain('Results of a conformance run are smaller: check where the file comes from.');
  });

  test('the output of a test has no limit but that of the file', async () => {
    const xml = suite(`<testcase><system-out>${'a'.repeat(400_000)}</system-out></testcase>`);
    const { counts } = await readJunit(Buffer.from(xml), { limits: { textCharacters: 200_000 } });
    expect(counts.passed).toBe(1);
  });
});
