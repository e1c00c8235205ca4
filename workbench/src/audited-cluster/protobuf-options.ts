/** What begins a protobuf body of Kubernetes (apimachinery: pkg/runtime/serializer/protobuf). */
const prefix = Buffer.from('k8s\0');

/** Numbers of fields in the generated.proto files of apimachinery and api. */
const rawOfUnknown = 2;
const deleteOptionsOfEviction = 2;
const dryRunOfDeleteOptions = 5;

/**
 * Whether DeleteOptions in protobuf, or the Eviction that contains them, request a dry run.
 *
 * @returns null: the body cannot be read
 */
export function hasProtobufDryRun(body: Buffer, isEviction: boolean): boolean | null {
  if (!body.subarray(0, prefix.length).equals(prefix)) return null;
  const raw = readLast(body.subarray(prefix.length), rawOfUnknown);
  const options = isEviction && raw !== null ? readLast(raw, deleteOptionsOfEviction) : raw;
  const fields = options === null ? null : readFields(options);
  return fields === null ? null : fields.some(({ number }) => number === dryRunOfDeleteOptions);
}

interface Field {
  readonly number: number;
  /** Empty for numbers. */
  readonly bytes: Buffer;
}

/** An absent message is an empty one. */
function readLast(message: Buffer, number: number): Buffer | null {
  const fields = readFields(message);
  return fields === null ? null : (fields.findLast((field) => field.number === number)?.bytes ?? Buffer.alloc(0));
}

/** null: it is malformed. */
function readFields(message: Buffer): Field[] | null {
  const fields: Field[] = [];
  let at = 0;
  const readNumber = (): number | null => {
    let value = 0;
    for (let factor = 1; factor < 2 ** 50; factor *= 128) {
      const byte = message[at];
      if (byte === undefined) return null;
      at += 1;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    return null;
  };
  while (at < message.length) {
    const tag = readNumber();
    if (tag === null) return null;
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    if (type === 0) {
      // A negative number has ten bytes.
      while ((message[at] ?? 0) > 127) at += 1;
      at += 1;
      fields.push({ number, bytes: Buffer.alloc(0) });
      continue;
    }
    const length = type === 2 ? readNumber() : type === 1 ? 8 : type === 5 ? 4 : null;
    if (length === null || at + length > message.length) return null;
    fields.push({ number, bytes: message.subarray(at, at + length) });
    at += length;
  }
  return at === message.length ? fields : null;
}
