import type { RunDocument } from '@snoop/snoopdb';
import { asRecord, asText } from '../new-test/json.ts';
import { quoteGo } from './go-text.ts';
import type { Imports } from './imports.ts';
import type { Call, CalledTest } from './read-calls.ts';
import type { Scope } from './scope.ts';

/** A Go expression of a known type. */
export interface Expression {
  readonly code: string;
  readonly type: string;
}

export const uidType = 'k8s.io/apimachinery/pkg/types.UID';
export const timeType = 'k8s.io/apimachinery/pkg/apis/meta/v1.Time';

/** An object that an answer has, and the name of its variable if it is used. */
export interface AnsweredObject {
  /** Whether it has fields or, from the dynamic client, methods. */
  readonly isTyped: boolean;
  use(): string;
}

/** What `uniqueName()` appends. */
const randomPart = /-(?=([a-z2-7]{8})(?![a-z0-9]))/g;

/** A test makes a few; each is searched in every text. */
const maxTokens = 200;

/** Clocks of the machine and the cluster differ. */
const clockSkewMs = 60_000;

/** Values that a test made up or received while it ran; in Go they are variables. */
export class MadeValues {
  readonly #scope: Scope;
  readonly #imports: Imports;
  readonly #namespace: string | null;
  readonly #ownNamespace: string | null;
  readonly #tokens: readonly string[];
  readonly #names = new Map<string, string>();
  readonly #created = new Map<string, string>();
  readonly #answered = new Map<string, () => Expression>();
  readonly #period: readonly [number, number];

  constructor(document: RunDocument, { test, steps }: CalledTest, scope: Scope, imports: Imports) {
    this.#scope = scope;
    this.#imports = imports;
    this.#namespace = test.namespace;
    this.#ownNamespace = test.owns_namespace ? test.namespace : null;
    const sources = document.files.map(({ content }) => content ?? '').join('\n');
    this.#tokens = findTokens(
      steps.flatMap(({ calls }) => calls),
      sources,
    );
    const { started_at: start, ended_at: end } = document.run;
    this.#period = [Date.parse(start) - clockSkewMs, Date.parse(end ?? start) + clockSkewMs];
  }

  /** The namespace of a path. */
  namespace(name: string): string {
    if (name === this.#namespace) return this.#scope.declare('namespace', 'ns', 'f.Namespace.Name');
    return this.name(name);
  }

  /** Whether the framework creates and deletes the namespace. */
  isOwnNamespace(name: string): boolean {
    return name === this.#namespace;
  }

  /** The name of an object in a path. */
  name(name: string): string {
    return this.#answer('name', name)?.code ?? this.#names.get(name) ?? this.#compose(name, 'name') ?? quoteGo(name);
  }

  /** A name that the test chose for a new object. */
  createName(name: string, kind: string): string {
    const known = this.#names.get(name);
    if (known !== undefined) return known;
    const code =
      this.#compose(name, `${kind}Name`) ?? this.#scope.declare(`name ${name}`, `${kind}Name`, quoteGo(name));
    this.#names.set(name, code);
    return code;
  }

  /** Notes the variable of the name of a new object. */
  noteCreated(resource: string, code: string): void {
    this.#created.set(resource, code);
  }

  /** The variable of the name of the last new object. */
  lastCreated(resource: string): string | null {
    return this.#created.get(resource) ?? null;
  }

  /** Whether a text has a part that no other run has. */
  isUnique(text: string): boolean {
    return this.#tokens.some((token) => text.includes(token));
  }

  /** A text of a body or query, by its field; null: it is a constant. */
  find(text: string, field: string): Expression | null {
    if (field === 'namespace' && text === this.#namespace) return string(this.namespace(text));
    const answered = this.#answer(field === 'resourceVersion' ? 'resourceVersion' : 'uid', text);
    if (answered !== null) return answered;
    const generated = this.#answer('name', text);
    if (generated !== null) return generated;
    if (field === 'name' && this.#names.has(text)) return string(this.#names.get(text) ?? '');
    if (this.#isNow(text)) {
      const metav1 = this.#imports.use('k8s.io/apimachinery/pkg/apis/meta/v1');
      return { code: this.#scope.declare('now', 'now', `${metav1}.Now()`), type: timeType };
    }
    const composed = this.#compose(text, field);
    return composed === null ? null : string(composed);
  }

  /** Notes what the server chose, so that later requests use it. */
  noteAnswer(answer: unknown, object: AnsweredObject, isNameGenerated: boolean): void {
    const metadata = asRecord(asRecord(answer).metadata);
    const note = (what: string, value: unknown, field: string, type: string): void => {
      if (asText(value) === '') return;
      const get = (): Expression => ({ code: `${object.use()}.${object.isTyped ? field : `Get${field}()`}`, type });
      const key = `${what} ${asText(value)}`;
      if (!this.#answered.has(key)) this.#answered.set(key, get);
    };
    note('uid', metadata.uid, 'UID', uidType);
    note('resourceVersion', metadata.resourceVersion, 'ResourceVersion', 'string');
    if (isNameGenerated) note('name', metadata.name, 'Name', 'string');
  }

  #answer(what: string, value: string): Expression | null {
    return this.#answered.get(`${what} ${value}`)?.() ?? null;
  }

  #isNow(text: string): boolean {
    if (!/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(text)) return false;
    const time = Date.parse(text);
    return time >= this.#period[0] && time <= this.#period[1];
  }

  /** Declares a variable for a text that contains made-up parts. */
  #compose(text: string, wanted: string): string | null {
    const parts = this.#split(text);
    if (parts === null) return null;
    const code = parts.map((part) => part.code).join(' + ');
    if (parts.length === 1) return code;
    return this.#scope.declare(`text ${text}`, wanted, code);
  }

  #split(text: string): readonly { readonly code: string }[] | null {
    const made = this.#ownNamespace === null ? this.#tokens : [...this.#tokens, this.#ownNamespace];
    const parts: { readonly code: string }[] = [];
    let rest = text;
    for (;;) {
      const found = made
        .map((part) => ({ part, at: rest.indexOf(part) }))
        .filter(({ at }) => at >= 0)
        .sort((a, b) => a.at - b.at || b.part.length - a.part.length)[0];
      if (found === undefined) break;
      const { part, at } = found;
      if (at > 0) parts.push({ code: quoteGo(rest.slice(0, at)) });
      parts.push({ code: part === this.#ownNamespace ? this.namespace(part) : this.#declareToken(part) });
      rest = rest.slice(at + part.length);
    }
    if (parts.length === 0) return null;
    return rest === '' ? parts : [...parts, { code: quoteGo(rest) }];
  }

  #declareToken(token: string): string {
    const rand = this.#imports.use('k8s.io/apimachinery/pkg/util/rand');
    return this.#scope.declare(`token ${token}`, 'unique', `${quoteGo(token.slice(0, -8))} + ${rand}.String(8)`);
  }
}

function string(code: string): Expression {
  return { code, type: 'string' };
}

/** Finds the random names of a test in what it created: their random parts are not in its source. */
function findTokens(calls: readonly Call[], sources: string): string[] {
  const texts = calls.flatMap(({ verb, body, place, query }) => {
    const { name, labels } = asRecord(asRecord(body).metadata);
    const sent = verb === 'create' ? [name, ...Object.values(asRecord(labels))].map(asText) : [];
    const values = (query.get('labelSelector') ?? '').split(/[=,() ]+/);
    return [...sent, place.type === 'resource' ? (place.name ?? '') : '', ...values];
  });
  const isRandom = (part: string): boolean =>
    sources === '' ? /[2-7]/.test(part) && /[a-z]/.test(part) : !sources.includes(part);
  // Of names that share a random part, such as `a-x2y3z4w5` and `v1.a-x2y3z4w5.example.org`, the shortest.
  const tokens = new Map<string, string>();
  for (const text of texts) {
    const found = [...text.matchAll(randomPart)].find(([, part = '']) => isRandom(part));
    const [, random = ''] = found ?? [];
    const [token = ''] = /(?<![a-z0-9-])[a-z0-9-]*$/.exec(text.slice(0, (found?.index ?? -1) + 1)) ?? [];
    const known = tokens.get(random);
    if (random !== '' && (known === undefined || token.length + random.length < known.length)) {
      tokens.set(random, `${token}${random}`);
    }
  }
  return [...tokens.values()].slice(0, maxTokens);
}
