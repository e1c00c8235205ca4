import { SaxesParser } from 'saxes';
import { type Bytes, readChunks } from '../chunks.ts';
import { ConformanceError, type ConformanceErrorCode, type Place } from '../errors.ts';
import { type JunitLimits, junitLimits, type JunitReport } from './junit-report.ts';
import { ReportBuilder } from './report-builder.ts';
import { Utf8Reader } from './utf8-reader.ts';

export interface JunitOptions {
  /** What messages call the input: a path, for example. */
  readonly name?: string;
  readonly limits?: Partial<JunitLimits>;
}

/**
 * Reads a JUnit file of Ginkgo 1 and 2, `go test` (gotestsum) and others, with bounded memory.
 *
 * Entities other than the five of XML, and documents with a DOCTYPE, are refused.
 *
 * @throws ConformanceError `bad_results` with line and column: not UTF-8, not well-formed, cut, not JUnit; `too_large`;
 * `unreadable_results`: the stream failed
 */
export async function readJunit(
  input: Bytes,
  { name = 'JUnit file', limits }: JunitOptions = {},
): Promise<JunitReport> {
  const reader = new JunitReader(name, { ...junitLimits, ...limits });
  for await (const chunk of readChunks(input, name)) reader.write(chunk);
  return reader.end();
}

const isHtml = /^html$/i;

class JunitReader {
  readonly #name: string;
  readonly #limits: JunitLimits;
  readonly #utf8 = new Utf8Reader();
  readonly #parser = new SaxesParser();
  readonly #builder: ReportBuilder;
  #bytes = 0;
  #depth = 0;
  /** Output of tests, whose text is neither kept nor bounded. */
  #isInOutput = false;
  /** Characters since the parser reported something: it collects them. */
  #collected = 0;

  constructor(name: string, limits: JunitLimits) {
    this.#name = name;
    this.#limits = limits;
    this.#builder = new ReportBuilder(limits, {
      broken: (reason) => this.#fail(reason, 'Fetch the file again from where the suite wrote it.'),
      tooLarge: (reason) => this.#refuse(reason),
    });
    this.#listen();
  }

  write(chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.bytes) this.#refuse(`has more than ${this.#limits.bytes} bytes of XML`);
    for (const piece of this.#utf8.read(chunk)) this.#parse(piece.text, piece.isBroken);
  }

  end(): JunitReport {
    for (const piece of this.#utf8.end()) this.#parse(piece.text, piece.isBroken);
    if (this.#bytes === 0) this.#fail('is empty', 'The suite writes it when it ends: wait, or fetch it again.');
    this.#parser.close();
    return this.#builder.finish();
  }

  #parse(text: string, isBroken: boolean): void {
    this.#collected += text.length;
    this.#parser.write(text);
    if (isBroken) this.#fail('is not UTF-8', 'Fetch the file again, or convert it to UTF-8.');
    if (this.#collected > this.#limits.textCharacters && !this.#isInOutput)
      this.#refuse(`has a text with more than ${this.#limits.textCharacters} characters`);
  }

  /** More listeners than these make the parser ten times slower: V8 then keeps its fields in a dictionary. */
  #listen(): void {
    const parser = this.#parser;
    parser.on('error', ({ message }) => this.#failSyntax(message.replace(/^\d+:\d+: /, '')));
    parser.on('doctype', (text) => {
      if (/^\s*html/i.test(text)) this.#failHtml();
      this.#fail('has a DOCTYPE, which JUnit does not need', 'Remove it.');
    });
    parser.on('opentag', ({ name, attributes }) => this.#open(name, attributes));
    parser.on('cdata', (text) => this.#addText(text));
    parser.on('closetag', ({ name }) => this.#close(name));
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#collected = 0;
    this.#depth += 1;
    if (this.#depth === 1) this.#checkRoot(name);
    if (this.#depth > this.#limits.depth) this.#refuse(`has more than ${this.#limits.depth} nested elements`);
    if (Object.keys(attributes).length > this.#limits.attributes)
      this.#refuse(`has an element with more than ${this.#limits.attributes} attributes`);
    const isNeeded = this.#builder.open(name, attributes);
    this.#isInOutput = !isNeeded && (name === 'system-out' || name === 'system-err');
    // Without a listener the parser does not collect texts.
    if (isNeeded) this.#parser.on('text', (text) => this.#addText(text));
  }

  #close(name: string): void {
    this.#collected = 0;
    this.#depth -= 1;
    this.#isInOutput = false;
    this.#parser.off('text');
    this.#builder.close(name);
  }

  #checkRoot(name: string): void {
    const { encoding = 'utf-8' } = this.#parser.xmlDecl;
    if (!/^(?:utf-?8|us-ascii)$/i.test(encoding))
      this.#fail(`has the encoding ${encoding.slice(0, 40)}`, 'Convert it to UTF-8.');
    if (name === 'testsuites' || name === 'testsuite') return;
    if (isHtml.test(name)) this.#failHtml();
    this.#fail(
      `begins with <${name.slice(0, 40)}>, but JUnit begins with <testsuites> or <testsuite>`,
      'Pass a JUnit file, such as junit_01.xml.',
    );
  }

  #addText(text: string): void {
    this.#collected = 0;
    this.#builder.addText(text);
  }

  #failSyntax(reason: string): never {
    if (/^unclosed tag|^unexpected end/.test(reason))
      this.#fail(`ends too early (${reason.replace(/\.$/, '')})`, 'The file is cut: fetch it again.');
    this.#fail(
      `is not well-formed XML: ${reason.replace(/\.$/, '')}`,
      'Fetch the file again from where the suite wrote it.',
    );
  }

  #failHtml(): never {
    return this.#fail('is an HTML page', 'Fetch the file itself, for example from its raw URL.');
  }

  #fail(what: string, advice: string, code: ConformanceErrorCode = 'bad_results'): never {
    const place: Place = { line: this.#parser.line, column: Math.max(1, this.#parser.column) };
    const at = `line ${place.line}, column ${place.column}`;
    throw new ConformanceError(code, `${this.#name} ${what} (${at}). ${advice}`, { place });
  }

  #refuse(reason: string): never {
    return this.#fail(
      reason,
      'Results of a conformance run are smaller: check where the file comes from.',
      'too_large',
    );
  }
}
