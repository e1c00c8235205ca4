/** Deeper values are refused: they would exhaust the stack of what reads them. */
const maxDepth = 100;

/** More than 64 KB of JSON can hold; aliases of YAML can repeat a value without end. */
const maxValues = 100_000;

/** Names of fields and variables whose text is a secret: `token`, `idToken`, `DB_PASSWORD`, `client-key-data`. */
const secretName = /(?:tokens?|passwords?|passwd|secrets?|private[-_]?keys?|key[-_]?data|credentials?)$/i;

/** It repeats the whole object as text. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Copies a JSON value of the Kubernetes API with secrets replaced by their length, such as `<12 bytes>`: `data` and
 * `stringData` of Secrets, fields and environment variables named like a token or password, and values of JSON patches to
 * them.
 *
 * @param isSecret whether the value is sent to or comes from the resource `secrets`, where lists and patches have no kind
 * @throws RangeError for a value nested more than 100 levels deep, or of more than 100,000 values
 */
export function redactSecrets(value: unknown, isSecret: boolean): unknown {
  return redact(value, { isSecret, depth: 0, counter: { values: 0 } });
}

interface Place {
  readonly isSecret: boolean;
  readonly depth: number;
  readonly counter: { values: number };
}

function redact(value: unknown, { isSecret, depth, counter }: Place): unknown {
  counter.values += 1;
  if (depth > maxDepth || counter.values > maxValues) throw new RangeError('The value is too large.');
  const below = { isSecret, depth: depth + 1, counter };
  if (Array.isArray(value)) return value.map((item) => redact(item, below));
  if (!isObject(value)) return value;
  const isOfSecret = isSecret || value.kind === 'Secret';
  const isHidden = findHiddenFields(value, isOfSecret);
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      isHidden(name) ? hide(field) : redact(field, { ...below, isSecret: isOfSecret }),
    ]),
  );
}

function findHiddenFields(object: Record<string, unknown>, isOfSecret: boolean): (name: string) => boolean {
  // An operation of a JSON patch (RFC 6902).
  if (typeof object.op === 'string' && typeof object.path === 'string') {
    const isSecretPatch = isOfSecret || secretName.test(object.path);
    return (name) => name === 'value' && isSecretPatch;
  }
  // An environment variable.
  if (typeof object.name === 'string' && secretName.test(object.name)) return (name) => name === 'value';
  return (name) =>
    name === lastApplied ||
    (isOfSecret && (name === 'data' || name === 'stringData')) ||
    (secretName.test(name) && isText(object[name]));
}

/** Names of secrets, such as `imagePullSecrets`, are objects and not texts. */
function isText(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}

/** The keys of a Secret stay, its values do not. */
function hide(value: unknown): unknown {
  if (isObject(value)) return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, hide(field)]));
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return `<${Buffer.byteLength(text)} bytes>`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
